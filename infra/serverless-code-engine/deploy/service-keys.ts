import type { ResourceController, ServiceInstance } from '../api/resource-controller.ts';
import type { ServiceKeys } from '../apply/secret-values.ts';

/** The HMAC keys of an object-storage instance. */
export function serviceKeysOf(resources: ResourceController, instance: ServiceInstance): ServiceKeys {
  return {
    find: (name) => resources.hmacKey(instance, name),
    create: (name, role) => resources.createHmacKey(instance, name, role),
    async remove(name) {
      const key = await resources.hmacKey(instance, name);
      if (key !== null) await resources.removeKey(key.id);
    },
  };
}
