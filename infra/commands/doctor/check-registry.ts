import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { Registry } from '../../serverless-code-engine/images/registry.ts';
import { type Finding, ok, problem } from './finding.ts';

/** Whether the registry knows the API key and lets it at the namespace. @throws REGISTRY_UNREACHABLE, REGISTRY_FAILED */
export async function checkRegistry(registry: Registry, namespace: string, image: string): Promise<Finding> {
  const place = `${registry.host}/${namespace}`;
  try {
    const { status } = await registry.ask({
      method: 'GET',
      repository: `${namespace}/${image}`,
      at: 'tags/list',
      access: 'pull,push',
      expected: [200, 404],
    });
    return ok('registry', status === 200 ? place : `${place}, which has no image of this service yet`);
  } catch (error) {
    if (!(error instanceof EarshotError) || error.code !== 'REGISTRY_DENIED') throw error;
    return problem(
      'registry',
      error.message,
      `Make the namespace (ibmcloud cr namespace-add ${namespace}), and give the API key Reader and Writer on Container Registry.`,
    );
  }
}
