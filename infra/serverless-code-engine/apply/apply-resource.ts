import type { CodeEngineProject, WaitOptions } from '../api/client.ts';
import type { ChangeableKind, KindName } from '../api/resources.ts';
import type { ResourceStep } from '../plan/plan.ts';

/** Creates, changes or deletes what the step says; readiness is waited for apart. */
export async function applyResource(step: ResourceStep, project: CodeEngineProject): Promise<void> {
  const { kind, name, doing } = step;
  switch (doing.action) {
    case 'none':
      return;
    case 'create':
      await project.create(kind as KindName, doing.body as never);
      return;
    case 'update':
      await project.update(kind as ChangeableKind, name, doing.entityTag, doing.change as never);
      return;
    case 'delete':
      await project.remove(kind, name);
      await project.waitUntilGone(kind, name);
  }
}

/** The image that a step brings into use; undefined when it brings none. */
export function newImageOf({ doing }: ResourceStep): string | undefined {
  const body: Readonly<Record<string, unknown>> =
    doing.action === 'create' ? { ...doing.body } : doing.action === 'update' ? { ...doing.change } : {};
  return (body['image_reference'] ?? body['code_reference']) as string | undefined;
}

/** Waits for all at once. @throws CLOUD_RESOURCE_FAILED, TIMED_OUT for the first that does not come up */
export async function waitForAll(
  project: CodeEngineProject,
  resources: readonly Pick<ResourceStep, 'kind' | 'name'>[],
  onStatus: (resource: string, status: string, reason: string | undefined) => void,
): Promise<void> {
  await Promise.all(
    resources.map(({ kind, name }) => {
      const options: WaitOptions = {
        onStatus: (status, reason) => onStatus(`${kind.replace('_', ' ')} ${name}`, status, reason),
      };
      return project.waitUntilReady(kind, name, options);
    }),
  );
}
