/* steps: load; write; close; unload
 */
#include "trigger.h"
#include <linux/mutex.h>

static DEFINE_MUTEX(lock);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	char *copy = memdup_user(text, length);

	if (IS_ERR(copy))
		return PTR_ERR(copy);
	mutex_lock(&lock);
	pr_info("took %zu bytes\n", length);
	mutex_unlock(&lock);
	kfree(copy);
	return 0;
}
