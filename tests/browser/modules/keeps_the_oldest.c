// SPDX-License-Identifier: GPL-2.0
/* Planted defect: a full buffer drops what is new and keeps the oldest. */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#define CAPACITY 16

static dev_t number;
static struct cdev device;
static struct class *class;

static DEFINE_MUTEX(lock);
static char ring[CAPACITY];
static size_t oldest;
static size_t count;

static void push(char c)
{
	if (count == CAPACITY)
		return;
	ring[(oldest + count) % CAPACITY] = c;
	count++;
}

static ssize_t ring_read(struct file *file, char __user *to, size_t wanted, loff_t *offset)
{
	char out[CAPACITY];
	size_t taken, n;

	mutex_lock(&lock);
	taken = min(wanted, count);
	for (n = 0; n < taken; n++)
		out[n] = ring[(oldest + n) % CAPACITY];
	if (copy_to_user(to, out, taken)) {
		mutex_unlock(&lock);
		return -EFAULT;
	}
	oldest = (oldest + taken) % CAPACITY;
	count -= taken;
	mutex_unlock(&lock);
	return taken;
}

static ssize_t ring_write(struct file *file, const char __user *from, size_t length, loff_t *offset)
{
	char in[CAPACITY];
	size_t done = 0;

	mutex_lock(&lock);
	while (done < length) {
		size_t n, part = min_t(size_t, length - done, CAPACITY);

		if (copy_from_user(in, from + done, part)) {
			mutex_unlock(&lock);
			return done ? done : -EFAULT;
		}
		for (n = 0; n < part; n++)
			push(in[n]);
		done += part;
	}
	mutex_unlock(&lock);
	return length;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.read = ring_read,
	.write = ring_write,
};

static int __init ring_init(void)
{
	struct device *node;
	int error;

	error = alloc_chrdev_region(&number, 0, 1, "asee_mod");
	if (error)
		return error;
	cdev_init(&device, &operations);
	error = cdev_add(&device, number, 1);
	if (error)
		goto no_cdev;
	class = class_create("asee_mod");
	if (IS_ERR(class)) {
		error = PTR_ERR(class);
		goto no_class;
	}
	node = device_create(class, NULL, number, NULL, "asee_mod");
	if (IS_ERR(node)) {
		error = PTR_ERR(node);
		goto no_node;
	}
	pr_info("asee_mod: loaded\n");
	return 0;

no_node:
	class_destroy(class);
no_class:
	cdev_del(&device);
no_cdev:
	unregister_chrdev_region(number, 1);
	return error;
}

static void __exit ring_exit(void)
{
	device_destroy(class, number);
	class_destroy(class);
	cdev_del(&device);
	unregister_chrdev_region(number, 1);
	pr_info("asee_mod: unloaded\n");
}

module_init(ring_init);
module_exit(ring_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("TP1: circular buffer");
