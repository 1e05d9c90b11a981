// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) "asee: " fmt

#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/wait.h>

static DEFINE_MUTEX(ring_lock);
static u8 *ring;
static u32 ring_size = 16, ring_head, ring_count;

static DECLARE_WAIT_QUEUE_HEAD(ring_wait);

static bool nonblocking(struct kiocb *iocb)
{
	return (iocb->ki_filp->f_flags & O_NONBLOCK) || (iocb->ki_flags & IOCB_NOWAIT);
}

/* Returns 0 with the ring_lock held and something to read. */
static int lock_with_amount(struct kiocb *iocb)
{
	int err;

	for (;;) {
		err = mutex_lock_killable(&ring_lock);
		if (err)
			return err;
		if (ring_count)
			return 0;
		mutex_unlock(&ring_lock);
		if (nonblocking(iocb))
			return -EAGAIN;
		err = wait_event_killable(ring_wait, READ_ONCE(ring_count));
		if (err)
			return err;
	}
}

static int lock_with_room(struct kiocb *iocb)
{
	int err;

	for (;;) {
		err = mutex_lock_killable(&ring_lock);
		if (err)
			return err;
		if (ring_count < ring_size)
			return 0;
		mutex_unlock(&ring_lock);
		if (nonblocking(iocb))
			return -EAGAIN;
		if (fatal_signal_pending(current))
			return -EINTR;
		/* a reader will make room sooner or later */
		yield();
	}
}

static ssize_t asee_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	ssize_t total = 0;
	int err;

	if (!iov_iter_count(to))
		return 0;
	err = lock_with_amount(iocb);
	if (err)
		return err;
	while (ring_count && iov_iter_count(to)) {
		size_t run = min(ring_count, ring_size - ring_head);
		size_t got = copy_to_iter(ring + ring_head, min(run, iov_iter_count(to)), to);

		if (!got)
			break;
		ring_head = (ring_head + got) % ring_size;
		ring_count -= got;
		total += got;
	}
	mutex_unlock(&ring_lock);
	if (!total)
		return -EFAULT;
	return total;
}

static ssize_t asee_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	ssize_t total = 0;
	int err;

	while (iov_iter_count(from)) {
		size_t got, run;
		u32 at;

		err = lock_with_room(iocb);
		if (err)
			return total ? total : err;
		at = (ring_head + ring_count) % ring_size;
		run = min(ring_size - ring_count, ring_size - at);
		got = copy_from_iter(ring + at, min(run, iov_iter_count(from)), from);
		ring_count += got;
		mutex_unlock(&ring_lock);
		if (!got)
			return total ? total : -EFAULT;
		wake_up(&ring_wait);
		total += got;
	}
	return total;
}

static __poll_t asee_poll(struct file *file, struct poll_table_struct *pt)
{
	__poll_t events = 0;

	poll_wait(file, &ring_wait, pt);
	mutex_lock(&ring_lock);
	if (ring_count)
		events |= EPOLLIN | EPOLLRDNORM;
	if (ring_count < ring_size)
		events |= EPOLLOUT | EPOLLWRNORM;
	mutex_unlock(&ring_lock);
	return events;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read_iter = asee_read_iter,
	.write_iter = asee_write_iter,
	.poll = asee_poll,
};

static struct miscdevice asee_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &asee_fops,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", ring_size);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t len)
{
	u32 wanted, first;
	u8 *replacement;
	int err = kstrtou32(buf, 0, &wanted);

	if (err)
		return err;
	if (!wanted || wanted > SZ_64K)
		return -EINVAL;
	replacement = kmalloc(wanted, GFP_KERNEL);
	if (!replacement)
		return -ENOMEM;

	mutex_lock(&ring_lock);
	if (wanted < ring_count) {
		pr_err("%u does not hold the %u that are stored\n", wanted, ring_count);
		err = -ENOSPC;
	} else {
		first = min(ring_count, ring_size - ring_head);
		memcpy(replacement, ring + ring_head, first);
		memcpy(replacement + first, ring, ring_count - first);
		swap(ring, replacement);
		ring_head = 0;
		ring_size = wanted;
	}
	mutex_unlock(&ring_lock);

	kfree(replacement);
	return err ? err : len;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", ring_count);
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);
static struct attribute *asee_attrs[] = { &size_attr.attr, &count_attr.attr, NULL };
ATTRIBUTE_GROUPS(asee);
static struct kobject *asee_kobj;

static int __init asee_init(void)
{
	int err = -ENOMEM;

	ring = kmalloc(ring_size, GFP_KERNEL);
	if (!ring)
		return err;
	asee_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!asee_kobj)
		goto out;
	err = sysfs_create_groups(asee_kobj, asee_groups);
	if (err)
		goto out;
	err = misc_register(&asee_misc);
	if (err)
		goto out;
	return 0;
out:
	kobject_put(asee_kobj);
	kfree(ring);
	return err;
}

static void __exit asee_exit(void)
{
	misc_deregister(&asee_misc);
	kobject_put(asee_kobj);
	kfree(ring);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
