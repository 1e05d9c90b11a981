/* expect: warn | slab asee cache: Objects remaining on __kmem_cache_shutdown() | deed
 * expect: warn | WARNING: kmem_cache_destroy asee cache: Slab cache still has objects when called from deed | deed
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	struct kmem_cache *cache = kmem_cache_create("asee cache", 24, 0, 0, NULL);
	void *object = kmem_cache_alloc(cache, GFP_KERNEL);

	kmem_cache_destroy(cache);
	return object ? 0 : -ENOMEM;
}
