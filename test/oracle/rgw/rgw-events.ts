import { type RawRequest, sendSigned } from '../../fixtures/object-store/raw-request.ts';

/** The kinds of events that Code Engine's object-storage subscription tells of. */
const events = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'];

/**
 * Makes a gateway tell a receiver of this machine, by HTTP, of every change in a bucket: a topic of its SNS dialect, and
 * the bucket's notification to it. An event that the receiver does not take is lost ("persistent" topics of Ceph 16.2
 * may hang for minutes once their receiver was away).
 */
export async function tellOfChanges(url: string, bucket: string, receiverPort: number): Promise<void> {
  const topic = await createTopic(url, `changes-${bucket}`, `http://127.0.0.1:${receiverPort}/`);
  const told = events.map((event) => `<Event>${event}</Event>`).join('');
  const configuration = `<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <TopicConfiguration><Id>changes</Id><Topic>${topic}</Topic>${told}</TopicConfiguration>
  </NotificationConfiguration>`;
  const target = `/${bucket}?notification=`;
  await expectOk({ url, method: 'PUT', target, body: Buffer.from(configuration) });
}

/** Returns the topic's name in the form that buckets refer to it. */
async function createTopic(url: string, name: string, endpoint: string): Promise<string> {
  const parameters = {
    Action: 'CreateTopic',
    Name: name,
    'Attributes.entry.1.key': 'push-endpoint',
    'Attributes.entry.1.value': endpoint,
    'Attributes.entry.2.key': 'persistent',
    'Attributes.entry.2.value': 'false',
  };
  const body = Buffer.from(new URLSearchParams(parameters).toString());
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await expectOk({ url, method: 'POST', target: '/', headers, body });
  const arn = /<TopicArn>(.*?)<\/TopicArn>/.exec(answer)?.[1];
  if (arn === undefined) throw new Error(`the gateway names no topic: ${answer}`);
  return arn;
}

async function expectOk(request: RawRequest): Promise<string> {
  const { status, body } = await sendSigned(request);
  if (status !== 200) throw new Error(`${request.method} ${request.target}: ${status} ${body}`);
  return body.toString();
}
