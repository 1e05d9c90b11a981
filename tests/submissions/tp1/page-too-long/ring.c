// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#define ASEE_SIZE 16

struct ring {
	struct mutex lock;
	unsigned int head;
	unsigned int count;
	u8 data[ASEE_SIZE];
};

static struct ring ring = {
	.lock = __MUTEX_INITIALIZER(ring.lock),
};

static void ring_push(struct ring *r, u8 byte)
{
	r->data[(r->head + r->count) % ASEE_SIZE] = byte;
	if (r->count < ASEE_SIZE)
		r->count++;
	else
		r->head = (r->head + 1) % ASEE_SIZE;
}

static ssize_t asee_read(struct file *file, char __user *to, size_t want, loff_t *pos)
{
	u8 out[ASEE_SIZE];
	unsigned int n, i;

	if (mutex_lock_interruptible(&ring.lock))
		return -ERESTARTSYS;

	n = min_t(size_t, want, ring.count);
	for (i = 0; i < n; i++)
		out[i] = ring.data[(ring.head + i) % ASEE_SIZE];

	if (copy_to_user(to, out, n)) {
		mutex_unlock(&ring.lock);
		return -EFAULT;
	}
	ring.head = (ring.head + n) % ASEE_SIZE;
	ring.count -= n;
	mutex_unlock(&ring.lock);
	return n;
}

static ssize_t asee_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	u8 chunk[64];
	size_t done = 0;

	while (done < len) {
		size_t i, n = len - done;

		if (copy_from_user(chunk, from + done, n))
			return done ? done : -EFAULT;

		mutex_lock(&ring.lock);
		for (i = 0; i < n; i++)
			ring_push(&ring, chunk[i]);
		mutex_unlock(&ring.lock);
		done += n;
	}
	return done;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static struct miscdevice asee_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &asee_fops,
};

static int __init asee_init(void)
{
	int err = misc_register(&asee_dev);

	if (err)
		pr_err("misc_register: %d\n", err);
	return err;
}

static void __exit asee_exit(void)
{
	misc_deregister(&asee_dev);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL v2");
MODULE_AUTHOR("Binome 7");
MODULE_DESCRIPTION("TP1: circular buffer");
