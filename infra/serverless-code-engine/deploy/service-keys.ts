import { EarshotError } from '../../../shared/errors/earshot-error.ts';
import type { ResourceController, ServiceInstance } from '../api/resource-controller.ts';
import type { ServiceKeys } from '../apply/secret-values.ts';

/** The HMAC keys of an object-storage instance. */
export function serviceKeysOf(resources: ResourceController, instance: ServiceInstance): ServiceKeys {
  return {
    async has(name) {
      try {
        return (await resources.hmacKey(instance, name)) !== null;
      } catch (error) {
        if (error instanceof EarshotError && error.code === 'CLOUD_FORBIDDEN') return true;
        throw error;
      }
    },
    find: (name) => resources.hmacKey(instance, name),
    create: (name, role) => resources.createHmacKey(instance, name, role),
    async remove(name) {
      const key = await resources.hmacKey(instance, name);
      if (key !== null) await resources.removeKey(key.id);
    },
  };
}
