import type { Project } from '../../serverless-code-engine/api/client.ts';
import type { ServiceInstance } from '../../serverless-code-engine/api/resource-controller.ts';
import { expectRegion } from '../../serverless-code-engine/place/bucket.ts';
import type { Cloud } from '../../serverless-code-engine/place/cloud.ts';
import { notifications } from '../../serverless-code-engine/place/place.ts';
import { type Finding, ok, problem } from './finding.ts';

/** Whether the bucket is there, where events can come from. @throws SERVICE_INVALID in another region */
export async function checkBucket(cloud: Cloud, bucket: string, instance: ServiceInstance): Promise<Finding> {
  const location = await cloud.buckets(instance.guid).location(bucket);
  if (location === null) {
    return problem(
      'bucket',
      `there is no bucket ${bucket}`,
      `Deploy with --create, or make a regional bucket in ${cloud.region}; or name another as provider.bucket.`,
    );
  }
  expectRegion(bucket, location, cloud.region);
  return ok('bucket', `${bucket} in ${location}`);
}

/** Whether Code Engine may set notifications on the bucket: without it no event comes. */
export async function checkAuthorization(
  { policies }: Pick<Cloud, 'policies'>,
  project: Project,
  instance: ServiceInstance,
): Promise<Finding> {
  const grant = notifications(project, instance);
  if ((await policies.find(grant)) !== null)
    return ok('authorization', `${grant.role}, for project ${project.name}`);
  const flags = `--source-service-instance-id ${grant.source.instance} --target-service-instance-id ${grant.target.instance}`;
  return problem(
    'authorization',
    `project ${project.name} is not ${grant.role} of object storage ${instance.name}`,
    `Deploy with --create, or have an administrator of the account run: ibmcloud iam authorization-policy-create codeengine cloud-object-storage "${grant.role}" ${flags}`,
  );
}
