// Chart or table: every picture has a table twin, and M turns all of a screen's at once.

class Twin {
  table = $state(false);
  flip(): void {
    this.table = !this.table;
  }
}

export const twin = new Twin();
