/* expect: atomic-sleep | sleeping function called from invalid context at kernel/locking/mutex.c:* | deed
 * expect: lockdep | Invalid wait context | deed
 */
#include "trigger.h"
#include <linux/mutex.h>
#include <linux/spinlock.h>

static DEFINE_SPINLOCK(lock);
static DEFINE_MUTEX(mutex);

static noinline ssize_t deed(const char __user *text, size_t length)
{
	spin_lock(&lock);
	mutex_lock(&mutex);
	mutex_unlock(&mutex);
	spin_unlock(&lock);
	return 0;
}
