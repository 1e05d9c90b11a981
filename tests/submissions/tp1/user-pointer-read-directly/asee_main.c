#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "ring.h"

static struct ring ring;
static int major;
static struct class *cls;

static ssize_t asee_read(struct file *filp, char __user *buffer, size_t length, loff_t *offset)
{
	ssize_t done = 0;
	char c;

	while (done < length && ring_get(&ring, &c)) {
		if (put_user(c, buffer + done))
			return -EFAULT;
		done++;
	}
	return done;
}

static ssize_t asee_write(struct file *filp, const char __user *buffer, size_t length, loff_t *offset)
{
	size_t i;
	char c;

	for (i = 0; i < length; i++) {
		c = buffer[i];
		ring_put(&ring, c);
	}
	return length;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static int __init asee_init(void)
{
	major = register_chrdev(0, "asee_mod", &fops);
	if (major < 0)
		return major;
	cls = class_create("asee_mod");
	device_create(cls, NULL, MKDEV(major, 0), NULL, "asee_mod");
	return 0;
}

static void __exit asee_exit(void)
{
	device_destroy(cls, MKDEV(major, 0));
	class_destroy(cls);
	unregister_chrdev(major, "asee_mod");
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
