import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import { checkedBody, create, read, remove } from './calls.ts';
import type { CodeEngine, Project } from './client.ts';
import { listAll } from './code-engine-list.ts';
import { type Place, urlOf } from './code-engine-place.ts';
import { codeEngineProject } from './code-engine-project.ts';
import type { Connection } from './connection.ts';
import { reflects } from './reflects.ts';
import { functionRuntimesAnswer, projectAnswer, projectRequest } from './schemas/project.ts';
import { waitUntilReady } from './wait.ts';

/** A project that was deleted keeps its name and id for days. */
const isGone = ({ status = '' }: Project) => /^(soft_deleted|hard_del|deleting|pending_removal)/.test(status);

/** @param endpoint base URL of the API of one region, without `/v2` */
export function openCodeEngine(connection: Connection, endpoint: string): CodeEngine {
  const place: Place = { connection, endpoint };
  const pathOf = (id: string) => `/projects/${encodeURIComponent(id)}`;
  const projects = () => listAll(place, { path: '/projects', items: 'projects', answer: projectAnswer });
  const getProject = async (id: string) => {
    const resource = `project ${id}`;
    const project = await read(connection, {
      url: urlOf(place, pathOf(id)),
      resource,
      answer: projectAnswer,
    });
    return project === null || isGone(project) ? null : project;
  };

  return {
    projects,
    getProject,
    async createProject(body) {
      const resource = `project ${body.name}`;
      const effect = async () => {
        const there = (await projects()).find((project) => project.name === body.name && !isGone(project));
        if (there === undefined) return null;
        if (reflects({ resource_group_id: body.resource_group_id }, there)) return there;
        throw new EarshotError('CLOUD_CONFLICT', { resource, received: 'one of another resource group' });
      };
      return create(connection, {
        url: urlOf(place, '/projects'),
        resource,
        body: checkedBody(projectRequest, body, { resource }),
        answer: projectAnswer,
        effect,
      });
    },
    waitForProject: (id, options) =>
      waitUntilReady(connection, 'project', `project ${id}`, () => getProject(id), options),
    removeProject: (id) => remove(connection, urlOf(place, pathOf(id)), `project ${id}`),
    async functionRuntimes() {
      const subject = { resource: 'function runtimes', answer: functionRuntimesAnswer };
      const url = urlOf(place, '/function_runtimes', { version: undefined });
      const found = await read(connection, { ...subject, url });
      return found?.function_runtimes ?? [];
    },
    project: (id) => codeEngineProject(place, id),
  };
}
