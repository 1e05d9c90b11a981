/* expect: warn | WARNING: refcount_t: underflow; use-after-free. | __refcount_sub_and_test
 */
#include "trigger.h"
#include <linux/refcount.h>

static refcount_t users = REFCOUNT_INIT(1);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	bool last = refcount_dec_and_test(&users);

	last |= refcount_dec_and_test(&users);
	return last ? 0 : -EINVAL;
}
