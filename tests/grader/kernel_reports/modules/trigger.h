/* A device /dev/NAME whose write() does the one thing wrong that the module is about.
 * Each module defines deed(); what it returns is what write() returns, 0 for all bytes taken. */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

static ssize_t deed(const char __user *text, size_t length);

static ssize_t on_write(struct file *file, const char __user *text, size_t length, loff_t *at)
{
	ssize_t result = deed(text, length);

	return result ? result : length;
}

static const struct file_operations trigger_operations = {
	.owner = THIS_MODULE,
	.write = on_write,
};

static struct miscdevice trigger = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KBUILD_MODNAME,
	.fops = &trigger_operations,
};

MODULE_LICENSE("GPL");
#ifndef OWN_INIT
module_misc_device(trigger);
#endif
