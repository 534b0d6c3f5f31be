import { bundleEntry } from '../bundles/bundle-entry.ts';
import { targetOf } from '../bundles/function-files.ts';
import { accelerators, sourceOf } from '../bundles/handlers.ts';
import type { ImageFile } from '../serverless-code-engine/images/tar-archive.ts';
import type { Service } from '../service/service.ts';
import { describeEventsApp, descriptionFile } from './app-description.ts';

/** Starts the app when it is at the root of its files. */
export const startFile = 'start.cjs';
const startProgram = `require('./main.cjs').main();\n`;

/**
 * What the events app needs beside Node.js to run with `node start.cjs`: its own bundle, those of the functions that
 * objects or the clock wake, and what it is to know of them. Only the sources and serverless.yml decide the bytes.
 *
 * @param root folder of the project
 */
export async function eventsAppFiles(service: Service, root: string): Promise<ImageFile[]> {
  const target = targetOf(service.provider.runtime);
  const bundled = async (path: string, entry: string): Promise<ImageFile> => {
    const { program } = await bundleEntry({ root, entry, target, external: accelerators });
    return { path, bytes: program };
  };
  const description = describeEventsApp(service);
  return [
    { path: startFile, bytes: Buffer.from(startProgram) },
    { path: descriptionFile, bytes: Buffer.from(JSON.stringify(description)) },
    ...(await Promise.all([
      bundled('main.cjs', 'infra/events-app/start.ts'),
      ...Object.entries(description.functions).map(([name, { bundle }]) =>
        bundled(bundle, sourceOf(service.functions[name]!.handler)),
      ),
    ])),
  ];
}
