"""How soon the page shows what a person asks it for, in Chromium: ``just bench-page``."""
