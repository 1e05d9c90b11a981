/* expect: warn | cannot create duplicate filename '/devices/virtual/asee/asee_mod' | deed
 */
#include "trigger.h"
#include <linux/device.h>

static noinline ssize_t deed(const char __user *text, size_t length)
{
	struct class *class = class_create("asee");

	device_create(class, NULL, MKDEV(240, 0), NULL, "asee_mod");
	device_create(class, NULL, MKDEV(240, 1), NULL, "asee_mod");
	device_destroy(class, MKDEV(240, 0));
	class_destroy(class);
	return 0;
}
