import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuthorizationPolicies } from '../../infra/serverless-code-engine/api/authorization-policies.ts';
import { openResourceController } from '../../infra/serverless-code-engine/api/resource-controller.ts';
import { type Kind, type KindName, kinds } from '../../infra/serverless-code-engine/api/resources.ts';
import { fullRequests } from '../contract/code-engine/full-requests.ts';
import type { LoggedCall } from '../fixtures/ibm-cloud/faults.ts';
import { type OpenedCloud, openCloud } from '../fixtures/ibm-cloud/open-cloud.ts';
import { oraclePython } from './oracle-python.ts';

/**
 * Does with IBM's own clients for Python what `withOurs` does with ours. Prints how each resource was answered, read
 * back through IBM's model of it, which refuses an answer without a field that it requires.
 */
const program = `
import json, sys
from ibm_cloud_sdk_core.authenticators import IAMAuthenticator
from ibm_code_engine_sdk import code_engine_v2 as ce
from ibm_platform_services import IamPolicyManagementV1, ResourceControllerV2, ResourceManagerV2
url, key, project, account, store, requests = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5], json.loads(sys.argv[6])
auth = IAMAuthenticator(key, url=url)
def opened(service, url):
    service.set_service_url(url)
    return service
client = opened(ce.CodeEngineV2(version='2026-06-15', authenticator=auth), url + '/v2')
models = {'app': ce.App, 'function': ce.Function, 'job': ce.Job, 'job_run': ce.JobRun, 'secret': ce.Secret,
          'config_map': ce.ConfigMap, 'build': ce.Build, 'build_run': ce.BuildRun, 'domain_mapping': ce.DomainMapping}
statuses = []
def done(response, model=None):
    statuses.append(response.get_status_code())
    return model.from_dict(response.get_result()).to_dict() if model else response.get_result()
for kind, collection, bodies in requests:
    for body in bodies:
        name = body['name']
        done(getattr(client, 'create_' + kind)(project, **body), models[kind])
        read = done(getattr(client, 'get_' + kind)(project, name), models[kind])
        change = {k: v for k, v in body.items() if k != 'name'}
        if kind in ('secret', 'config_map'):
            done(getattr(client, 'replace_' + kind)(project, name, if_match='*', **change), models[kind])
        elif not kind.endswith('_run'):
            tag = read['entity_tag']
            done(getattr(client, 'update_' + kind)(project, name, tag, **{kind: change}), models[kind])
    listed = done(getattr(client, 'list_' + collection)(project, limit=100))
    assert len(listed[collection]) == len(bodies), listed
for kind, collection, bodies in requests[::-1]:
    done(getattr(client, 'delete_' + kind)(project, bodies[0]['name']))
done(client.list_function_runtimes(), ce.FunctionRuntimeList)
made = done(client.create_project(name='p', resource_group_id='group-sound', tags=['a']), ce.Project)
done(client.get_project(made['id']), ce.Project)
done(client.get_project_status_details(made['id']), ce.ProjectStatusDetails)
done(client.delete_project(made['id']))
policies = opened(IamPolicyManagementV1(authenticator=auth), url)
done(policies.list_policies(account, type='authorization'))
role = done(policies.list_roles(account_id=account, service_name='cloud-object-storage', source_service_name='codeengine',
                                policy_type='authorization'))['service_roles'][0]['crn']
of = lambda service, instance: [{'attributes': [{'name': 'accountId', 'value': account}, {'name': 'serviceName', 'value': service},
                                                {'name': 'serviceInstance', 'value': instance}]}]
policy = done(policies.create_policy('authorization', of('codeengine', 'one'), [{'role_id': role}], of('cloud-object-storage', 'two')))
done(policies.delete_policy(policy['id']))
controller = opened(ResourceControllerV2(authenticator=auth), url)
done(controller.list_resource_instances(type='service_instance'))
done(controller.list_resource_keys(name='infer'))
made = done(controller.create_resource_key('infer', store, parameters={'HMAC': True}, role='Reader'))
done(controller.delete_resource_key(made['id']))
done(opened(ResourceManagerV2(authenticator=auth), url).list_resource_groups())
print(json.dumps(statuses))
`;

const order: readonly KindName[] = [
  ...(['secret', 'config_map', 'app', 'function', 'job', 'job_run', 'build', 'build_run'] as const),
  'domain_mapping',
];

async function withOurs({ client, project, connection, url, accountId }: OpenedCloud): Promise<void> {
  for (const kind of order) {
    for (const body of fullRequests(kind)) {
      const { name, ...change } = body as { name: string };
      await project.create(kind, body as never);
      const read = await project.get(kind, name);
      const { change: rule }: Kind = kinds[kind];
      if (rule === undefined) continue;
      const tag = rule.method === 'PUT' ? '*' : String(read?.['entity_tag']);
      await project.update(kind as 'app', name, tag, change as never);
    }
    await project.list(kind);
  }
  for (const kind of [...order].reverse()) await project.remove(kind, String(fullRequests(kind)[0]!['name']));
  await client.functionRuntimes();
  const made = await client.createProject({ name: 'p', resource_group_id: 'group-sound', tags: ['a'] });
  await client.getProject(made.id!);
  await client.project(made.id!).statusDetails();
  await client.removeProject(made.id!);
  const policies = openAuthorizationPolicies(connection, url);
  const source = { service: 'codeengine', instance: 'one' };
  const target = { service: 'cloud-object-storage', instance: 'two' };
  const grant = { accountId, source, target, role: 'Notifications Manager' };
  expect(await policies.find(grant)).toBeNull();
  await policies.remove(await policies.create(grant));
  const controller = openResourceController(connection, url);
  const store = await controller.objectStorage('sound');
  expect(await controller.hmacKey(store, 'infer')).toBeNull();
  await controller.removeKey((await controller.createHmacKey(store, 'infer', 'Reader')).id);
  await controller.resourceGroup();
}

/** What matters of a call, ids apart. */
function shapeOf({ method, path, query, body, headers, status }: LoggedCall, ids: readonly string[]) {
  const named = (text: string) =>
    ids.reduce((all, id) => all.replaceAll(id, '(id)'), decodeURIComponent(text));
  return {
    call: `${method} ${named(path).replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '(id)')}`,
    query: [...new URLSearchParams(query)].sort(),
    type: headers['content-type'],
    // Tags count up alike on both sides.
    ifMatch: headers['if-match'],
    body: body === '' ? null : JSON.parse(named(body)),
    status,
  };
}

describe.skipIf(oraclePython === undefined)('beside IBM’s own clients', () => {
  let ours: OpenedCloud;
  let theirs: OpenedCloud;
  const ids = new Map<OpenedCloud, string[]>();

  beforeAll(async () => {
    const open = async () => {
      const cloud = await openCloud();
      Object.assign(cloud.codeEngine, { pageSize: 100 });
      const { id, guid } = cloud.resources.addInstance('sound');
      ids.set(cloud, [id, guid, cloud.project.id, cloud.url]);
      return cloud;
    };
    [ours, theirs] = [await open(), await open()];
  });
  afterAll(async () => {
    await ours.close();
    await theirs.close();
  });

  it('ours sends the same requests, which the double answers as IBM’s models have it', async () => {
    await withOurs(ours);
    const requests = order.map((kind) => [kind, kinds[kind].collection, fullRequests(kind)]);
    const { stdout } = await promisify(execFile)(oraclePython!, [
      ...['-c', program, theirs.url, theirs.env['IBMCLOUD_API_KEY']!, theirs.project.id],
      ...[theirs.accountId, ids.get(theirs)![0]!, JSON.stringify(requests)],
    ]);
    const shapes = (cloud: OpenedCloud) =>
      cloud.calls.log
        .filter(({ path }) => path !== '/identity/token')
        .map((call) => shapeOf(call, ids.get(cloud)!));
    expect(JSON.parse(stdout)).toEqual(shapes(theirs).map(({ status }) => status));
    expect(shapes(ours)).toEqual(shapes(theirs));
  }, 120_000);
});
