// A table as a file that spreadsheets open as text: quoted where needed, and nothing taken for a formula.

export function csv(rows: (string | number | undefined | null)[][]): string {
  const cell = (value: string | number | undefined | null) => {
    let text = value === undefined || value === null ? '' : String(value);
    if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}
