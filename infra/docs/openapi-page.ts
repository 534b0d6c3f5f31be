import { openApiDocument } from '../../shared/protocols/openapi.ts';
import { audiosetShape } from '../../shared/protocols/openapi-components.ts';
import { inferRoutes } from '../../shared/protocols/routes.ts';

/** `docs/openapi.json`: what infer answers with a model of AudioSet's shape. */
export function openApiPage(): string {
  return `${JSON.stringify(openApiDocument(inferRoutes, audiosetShape), null, 2)}\n`;
}
