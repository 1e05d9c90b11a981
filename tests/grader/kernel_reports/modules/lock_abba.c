/* expect: lockdep | possible circular locking dependency detected | transfer
 */
#include "trigger.h"
#include <linux/mutex.h>

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

static noinline void resize(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
}

static noinline void transfer(void)
{
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static noinline ssize_t deed(const char __user *text, size_t length)
{
	resize();
	transfer();
	return 0;
}
