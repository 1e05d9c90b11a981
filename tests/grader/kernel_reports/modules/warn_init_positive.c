/* steps: load
 * expect: warn | init suspiciously returned 1 | init_module
 */
#define OWN_INIT
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	return 0;
}

static int __init start(void)
{
	return 1 + (deed(NULL, 0) > 0);
}
module_init(start);
