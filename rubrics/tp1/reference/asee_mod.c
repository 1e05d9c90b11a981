// SPDX-License-Identifier: GPL-2.0
/*
 * Reference solution of TP1: a circular buffer of 16 characters behind /dev/asee_mod.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#define DEVICE_NAME "asee_mod"
#define BUF_SIZE 16

static char buffer[BUF_SIZE];
static size_t head; /* the oldest character */
static size_t count;
static DEFINE_MUTEX(lock);

static int major;
static struct class *asee_class;

static void store(char c)
{
	buffer[(head + count) % BUF_SIZE] = c;
	if (count < BUF_SIZE)
		count++;
	else
		head = (head + 1) % BUF_SIZE;
}

static ssize_t asee_read(struct file *file, char __user *user, size_t length, loff_t *offset)
{
	char out[BUF_SIZE];
	size_t taken;
	size_t i;

	mutex_lock(&lock);
	taken = min(length, count);
	for (i = 0; i < taken; i++)
		out[i] = buffer[(head + i) % BUF_SIZE];
	if (copy_to_user(user, out, taken)) {
		mutex_unlock(&lock);
		return -EFAULT;
	}
	head = (head + taken) % BUF_SIZE;
	count -= taken;
	mutex_unlock(&lock);
	return taken;
}

static ssize_t asee_write(struct file *file, const char __user *user, size_t length,
			  loff_t *offset)
{
	char in[64];
	size_t done = 0;

	mutex_lock(&lock);
	while (done < length) {
		size_t part = min(length - done, sizeof(in));
		size_t i;

		if (copy_from_user(in, user + done, part)) {
			mutex_unlock(&lock);
			return done ? done : -EFAULT;
		}
		for (i = 0; i < part; i++) {
			/* The newline that echo adds is not part of the text. */
			if (done + i == length - 1 && in[i] == '\n')
				break;
			store(in[i]);
		}
		done += part;
	}
	mutex_unlock(&lock);
	return length;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static int __init asee_init(void)
{
	struct device *device;

	major = register_chrdev(0, DEVICE_NAME, &asee_fops);
	if (major < 0)
		return major;
	asee_class = class_create(DEVICE_NAME);
	if (IS_ERR(asee_class)) {
		unregister_chrdev(major, DEVICE_NAME);
		return PTR_ERR(asee_class);
	}
	device = device_create(asee_class, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);
	if (IS_ERR(device)) {
		class_destroy(asee_class);
		unregister_chrdev(major, DEVICE_NAME);
		return PTR_ERR(device);
	}
	pr_info("asee_mod: loaded, major %d\n", major);
	return 0;
}

static void __exit asee_exit(void)
{
	device_destroy(asee_class, MKDEV(major, 0));
	class_destroy(asee_class);
	unregister_chrdev(major, DEVICE_NAME);
	pr_info("asee_mod: unloaded\n");
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("TP1 reference: circular buffer of 16 characters");
