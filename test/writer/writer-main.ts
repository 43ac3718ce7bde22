import { runWriter } from '#dist/writer/main.js';

runWriter();
