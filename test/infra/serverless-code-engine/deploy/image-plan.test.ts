import { describe, expect, it } from 'vitest';
import {
  buildJobImage,
  httpsUrl,
  jobImage,
} from '../../../../infra/serverless-code-engine/deploy/image-plan.ts';
import { aService } from '../../../fixtures/deployment/deploy-in-memory.ts';
import { ProjectInMemory } from '../../../fixtures/deployment/project-in-memory.ts';

const revision = '0123456789abcdef0123456789abcdef01234567';
const owner = { service: 'earshot', stage: 'test' };
const unbuilt = () => {
  const service = aService();
  delete service.jobs['train']!.image;
  return service;
};
const git = async ([command]: readonly string[]) =>
  command === 'remote' ? 'https://someone:PLANTED@github.com/team/earshot.git\n' : `${revision}\n`;

describe('the image of a job', () => {
  it('is the one that serverless.yml gives', async () => {
    const given = await jobImage(aService(), 'train', 'de.icr.io/team', git);
    expect(given).toEqual({ reference: 'de.icr.io/team/train:1', build: null });
  });

  it('else is built from the git remote, named after the commit that last changed it', async () => {
    expect(await jobImage(unbuilt(), 'train', 'de.icr.io/team', git)).toEqual({
      reference: 'de.icr.io/team/earshot-train:git-0123456789abcdef',
      build: {
        url: 'https://github.com/team/earshot.git',
        revision,
        dockerfile: 'infra/container/Dockerfile',
      },
    });
  });

  it('is wanted where there is no git remote', async () => {
    const none = async () => Promise.reject(new Error("error: No such remote 'origin'"));
    await expect(jobImage(unbuilt(), 'train', 'de.icr.io/team', none)).rejects.toMatchObject({
      code: 'SERVICE_INVALID',
      message: expect.stringMatching(/at jobs\.train\.image.*No such remote 'origin'/),
    });
  });

  it('is built by Code Engine with the Dockerfile, and the run of the build is not left behind', async () => {
    const project = new ProjectInMemory();
    const calls: string[] = [];
    project.watch({ before: (call) => calls.push(call), after() {} });
    const image = await jobImage(unbuilt(), 'train', 'de.icr.io/team', git);
    await buildJobImage(project, owner, 'train', image, () => {});
    const run = 'build_run earshot-test-train-0123456789abcdef';
    expect(calls).toEqual([`get ${run}`, `create ${run}`, `get ${run}`, `remove ${run}`]);
  });

  it('is waited for where a build of it runs, and built again where one failed', async () => {
    const project = new ProjectInMemory();
    const image = await jobImage(unbuilt(), 'train', 'de.icr.io/team', git);
    const name = 'earshot-test-train-0123456789abcdef';
    const calls: string[] = [];
    const built = async (status: string) => {
      await project.create('build_run', { name });
      project.resources.get(`build_run/${name}`)!['status'] = status;
      calls.length = 0;
      project.watch({ before: (call) => calls.push(call.split(' ')[0]!), after() {} });
      await buildJobImage(project, owner, 'train', image, () => {});
      project.watch(null);
      return [...calls];
    };
    expect(await built('running')).toEqual(['get', 'get', 'remove']);
    expect(await built('failed')).toEqual(['get', 'remove', 'get', 'create', 'get', 'remove']);
  });
});

it.each([
  ['git@github.com:team/earshot.git', 'https://github.com/team/earshot.git'],
  ['ssh://git@github.com/team/earshot.git', 'https://github.com/team/earshot.git'],
  ['https://github.com/team/earshot', 'https://github.com/team/earshot'],
  ['https://x:PLANTED@github.com/team/earshot', 'https://github.com/team/earshot'],
])('the remote %s is fetched at %s', (remote, url) => {
  expect(httpsUrl(remote)).toBe(url);
});
