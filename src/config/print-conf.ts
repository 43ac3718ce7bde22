import { confText } from './conf-text.js';

process.stdout.write(confText());
