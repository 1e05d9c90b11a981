// SPDX-License-Identifier: GPL-2.0
/* Third practical */
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define CHUNK 32

static DEFINE_SPINLOCK(ring_lock);
static DECLARE_WAIT_QUEUE_HEAD(readers);
static DECLARE_WAIT_QUEUE_HEAD(writers);

static char *ring;
static size_t ring_size = 16;
/* free-running positions: put_pos - get_pos is what is ring_used */
static size_t put_pos, get_pos;

static inline size_t ring_used(void)
{
	return put_pos - get_pos;
}

static ssize_t asee_read(struct file *file, char __user *user, size_t len, loff_t *ppos)
{
	char chunk[CHUNK];
	size_t n = 0;
	int err;

	if (!len)
		return 0;

	spin_lock_irq(&ring_lock);
	if (!ring_used() && (file->f_flags & O_NONBLOCK)) {
		spin_unlock_irq(&ring_lock);
		return -EAGAIN;
	}
	err = wait_event_interruptible_lock_irq(readers, ring_used() > 0, ring_lock);
	if (err) {
		spin_unlock_irq(&ring_lock);
		return err;
	}
	while (n < min_t(size_t, len, CHUNK) && ring_used())
		chunk[n++] = ring[get_pos++ % ring_size];
	spin_unlock_irq(&ring_lock);

	wake_up_interruptible(&writers);
	if (copy_to_user(user, chunk, n))
		return -EFAULT;
	return n;
}

static ssize_t asee_write(struct file *file, const char __user *user, size_t len, loff_t *ppos)
{
	size_t done = 0;

	while (done < len) {
		char chunk[CHUNK];
		size_t n = min_t(size_t, len - done, CHUNK), i = 0;
		int err = 0;

		if (copy_from_user(chunk, user + done, n))
			return done ? done : -EFAULT;

		spin_lock_irq(&ring_lock);
		while (i < n) {
			if (ring_used() == ring_size) {
				if (file->f_flags & O_NONBLOCK)
					err = -EAGAIN;
				else
					err = wait_event_interruptible_lock_irq(writers,
										ring_used() < ring_size,
										ring_lock);
				if (err)
					break;
			}
			ring[put_pos++ % ring_size] = chunk[i++];
			wake_up_interruptible(&readers);
		}
		spin_unlock_irq(&ring_lock);

		done += i;
		if (err)
			return done ? done : err;
	}
	return done;
}

static __poll_t asee_poll(struct file *file, poll_table *table)
{
	__poll_t mask = 0;

	poll_wait(file, &readers, table);
	poll_wait(file, &writers, table);
	spin_lock_irq(&ring_lock);
	if (ring_used())
		mask |= EPOLLIN | EPOLLRDNORM;
	if (ring_used() < ring_size)
		mask |= EPOLLOUT | EPOLLWRNORM;
	spin_unlock_irq(&ring_lock);
	return mask;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
	.poll = asee_poll,
};

static struct miscdevice asee_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &asee_fops,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	return sysfs_emit(out, "%zu\n", ring_size);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *in, size_t len)
{
	unsigned long long asked;
	size_t i, n;
	char *fresh;

	if (kstrtoull(in, 0, &asked) || asked == 0)
		return -EINVAL;
	if (asked > 256 * 1024)
		return -E2BIG;
	fresh = kzalloc(asked, GFP_KERNEL);
	if (!fresh)
		return -ENOMEM;

	spin_lock_irq(&ring_lock);
	n = ring_used();
	if (asked < n)
		n = asked;	/* keep the oldest */
	for (i = 0; i < n; i++)
		fresh[i] = ring[(get_pos + i) % ring_size];
	swap(ring, fresh);
	ring_size = asked;
	get_pos = 0;
	put_pos = n;
	spin_unlock_irq(&ring_lock);

	wake_up_interruptible(&writers);
	kfree(fresh);
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	size_t n;

	spin_lock_irq(&ring_lock);
	n = ring_used();
	spin_unlock_irq(&ring_lock);
	return sysfs_emit(out, "%zu\n", n);
}

static struct kobj_attribute attr_size = __ATTR_RW(asee_buf_size);
static struct kobj_attribute attr_count = __ATTR_RO(asee_buf_count);
static struct attribute *asee_attributes[] = { &attr_size.attr, &attr_count.attr, NULL };
static const struct attribute_group asee_group = { .attrs = asee_attributes };

static struct kobject *asee_kobj;

static int __init asee_init(void)
{
	int err;

	ring = kzalloc(ring_size, GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	err = misc_register(&asee_misc);
	if (err)
		goto out_bytes;
	asee_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!asee_kobj) {
		err = -ENOMEM;
		goto out_misc;
	}
	err = sysfs_create_group(asee_kobj, &asee_group);
	if (err)
		goto out_kobj;
	return 0;

out_kobj:
	kobject_put(asee_kobj);
out_misc:
	misc_deregister(&asee_misc);
out_bytes:
	kfree(ring);
	return err;
}

static void __exit asee_exit(void)
{
	kobject_put(asee_kobj);
	misc_deregister(&asee_misc);
	kfree(ring);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
