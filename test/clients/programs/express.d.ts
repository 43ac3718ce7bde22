/** As much of it as the program needs. */
declare module 'express' {
  import type { Server } from 'node:http';

  interface Response {
    send(text: string): void;
  }
  interface Application {
    use(middleware: unknown): void;
    get(path: string, handler: (request: unknown, response: Response) => void): void;
    listen(port: number, host: string): Server;
  }
  function express(): Application;
  export = express;
}
