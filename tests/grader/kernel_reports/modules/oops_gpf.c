/* expect: oops | general protection fault in a call from on_write | on_write
 */
#include "trigger.h"

static unsigned long nowhere = 0xdead4ead00000000; /* a list's poison, say */

static noinline ssize_t deed(const char __user *text, size_t length)
{
	return ((ssize_t (*)(void))READ_ONCE(nowhere))() + 1;
}
