/* expect: kasan | KASAN: null-ptr-deref in deed | deed
 * expect: oops | NULL pointer dereference in deed | deed
 */
#include "trigger.h"

struct channel {
	char name[8];
	int count;
};
static struct channel *channel;

static noinline ssize_t deed(const char __user *text, size_t length)
{
	return READ_ONCE(channel->count);
}
