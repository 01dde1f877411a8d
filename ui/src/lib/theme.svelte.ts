// Light or dark: as the device says, until someone chooses.

const STORE = 'firebreak.theme';
type Shade = 'light' | 'dark';

class Theme {
  now = $state<Shade>('light');

  constructor() {
    const chosen = localStorage.getItem(STORE);
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    this.now = chosen === 'light' || chosen === 'dark' ? chosen : dark ? 'dark' : 'light';
    document.documentElement.dataset.theme = this.now;
  }

  flip(): void {
    this.now = this.now === 'dark' ? 'light' : 'dark';
    localStorage.setItem(STORE, this.now);
    document.documentElement.dataset.theme = this.now;
  }
}

export const theme = new Theme();
