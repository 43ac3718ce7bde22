import { compatibilityPage } from './page.js';

/** `npm run compatibility` writes docs/compatibility.md. */
process.stdout.write(compatibilityPage());
