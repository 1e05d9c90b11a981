/* expect: lockdep | bad unlock balance detected | deed
 */
#include "trigger.h"
#include <linux/mutex.h>

static DEFINE_MUTEX(lock);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	mutex_lock(&lock);
	mutex_unlock(&lock);
	mutex_unlock(&lock);
	return 0;
}
