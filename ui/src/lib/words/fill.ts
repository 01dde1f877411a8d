// Gaps in a text: `{n}` takes a value, `{n|case|cases}` the first word for one and the second otherwise.

export function fill(text: string, gaps: Record<string, string | number>, lang: 'zh' | 'en'): string {
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = gaps[name];
    if (value === undefined) return whole;
    if (one !== undefined && many !== undefined) return Number(value) === 1 ? one : many;
    return typeof value === 'number' ? value.toLocaleString(lang === 'zh' ? 'zh-CN' : 'en-GB') : value;
  });
}
