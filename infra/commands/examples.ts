/** What is typed after `npx serverless`, and what for; the help begins with it. */
export const examples: Readonly<Record<string, readonly (readonly [line: string, what: string])[]>> = {
  local: [
    ['local', 'bucket, events and prediction URL, until Ctrl-C'],
    ['local --once', 'the main job on a synthetic set: drop, train, predict'],
    [
      'local --once --data my-sounds/train=clips/train --data my-sounds/eval=clips/eval',
      'the same on data of yours',
    ],
    ['local --once --json', 'the result as one line of JSON'],
  ],
  deploy: [
    ['deploy --stage prod --create', 'the first time: project, bucket and authorization are made too'],
    ['deploy --stage prod --dry-run', 'what would be done'],
    ['deploy --stage prod --subscriptions print', 'without the ibmcloud command line'],
  ],
  'deploy function': [['deploy function -f infer --stage prod', 'only this function']],
  info: [['info --stage prod', 'URLs, statuses, versions']],
  remove: [
    ['remove --stage prod', 'bucket and data stay'],
    ['remove --stage prod --data', 'the objects of the bucket go too'],
  ],
  upload: [
    ['upload my-clips my-sounds/all', 'a folder, to the local platform'],
    ["upload 'clips/*.tfrecord' my-sounds/eval --cloud --stage prod", 'a pattern, to the deployment'],
    ['upload clips.tar.xz my-sounds --dry-run', 'what would be sent'],
  ],
  'data convert': [
    ['data convert clips.npz --labels labels.csv --output converted', 'uint8 arrays, as VGGish gives them'],
    [
      'data convert clips.csv --values quantise --labels labels.csv --output converted',
      'floats before VGGish quantises them',
    ],
    [
      'data convert new.npy --labels new.csv --label-list converted/labels.csv --output converted-more',
      'more clips later, other labels too',
    ],
  ],
  'data report': [['data report my-sounds --output report.html', 'a summary, and the page']],
  train: [
    ['train my-sounds', 'on the local platform'],
    [
      'train my-sounds --run big --recipe best --members 4 --cloud --stage prod',
      'in the cloud, and followed',
    ],
    ['train my-sounds --run big --recipe best --members 4 --cloud --stage prod', 'again: goes on following'],
  ],
  search: [
    ['search Car', 'on the local platform'],
    ['search male speech, man speaking --top 5', 'whatever the case of its letters'],
    ['search /m/0k4j --json --cloud --stage prod', 'by mid, in the cloud, as JSON'],
  ],
  models: [
    ['models', 'every model of the local platform'],
    ['models my-sounds --cloud --stage prod --json', 'one of the deployment, as JSON'],
  ],
  promote: [
    ['promote my-sounds 3', 'version 3 becomes stable'],
    ['promote my-sounds --cloud --stage prod', 'the candidate does, in the deployment'],
  ],
  rollback: [["rollback my-sounds --reason 'hears dogs everywhere'", 'to what stable was before']],
  candidate: [
    ['candidate my-sounds 4 --share 10', 'it answers every tenth request'],
    ['candidate my-sounds 4 --shadow', 'it scores what stable answers, after the answer'],
    ['candidate my-sounds', 'where the two differ'],
    ['candidate my-sounds --clear', 'no more'],
  ],
  'dead-letters': [['dead-letters --json', 'as JSON']],
  replay: [
    ['replay incoming/my-sounds/', 'all that begins so, on the local platform'],
    ['replay runs/big/request.json --cloud --stage prod', 'one event, to the deployment'],
  ],
  'doctor cloud': [
    ['doctor cloud --stage prod', 'findings and their remedies'],
    ['doctor cloud --stage prod --json', 'ends with 6 when one is a problem'],
  ],
  logs: [
    ['logs -f validate --tail --stage prod', 'of the events app, until Ctrl-C'],
    ['logs -f train --lines 500 --stage prod', 'of the latest job run'],
    ['logs -f shard --filter incoming/my-sounds --stage prod', 'lines with this text'],
  ],
  invoke: [
    ['invoke -f infer --path clip.tfrecord --stage prod', 'what is heard'],
    [`invoke -f infer --data '{"clips": [{"frames": [[…]]}], "top_k": 5}' --stage prod`, 'the same as JSON'],
    ['invoke -f infer --stage prod', 'its health'],
  ],
};
