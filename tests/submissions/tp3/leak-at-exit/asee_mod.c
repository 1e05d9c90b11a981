// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) "asee: " fmt

#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/wait.h>

static DEFINE_MUTEX(lock);
static u8 *buffer;
static u32 asee_buf_size = 16, first, asee_buf_count;

static DECLARE_WAIT_QUEUE_HEAD(read_wait);
static DECLARE_WAIT_QUEUE_HEAD(write_wait);

static bool nonblocking(struct kiocb *iocb)
{
	return (iocb->ki_filp->f_flags & O_NONBLOCK) || (iocb->ki_flags & IOCB_NOWAIT);
}

/* Returns 0 with the lock held and something to read. */
static int lock_for_read(struct kiocb *iocb)
{
	int err;

	for (;;) {
		err = mutex_lock_killable(&lock);
		if (err)
			return err;
		if (asee_buf_count)
			return 0;
		mutex_unlock(&lock);
		if (nonblocking(iocb))
			return -EAGAIN;
		err = wait_event_killable(read_wait, READ_ONCE(asee_buf_count));
		if (err)
			return err;
	}
}

static int lock_for_write(struct kiocb *iocb)
{
	int err;

	for (;;) {
		err = mutex_lock_killable(&lock);
		if (err)
			return err;
		if (asee_buf_count < asee_buf_size)
			return 0;
		mutex_unlock(&lock);
		if (nonblocking(iocb))
			return -EAGAIN;
		err = wait_event_killable(write_wait, READ_ONCE(asee_buf_count) < READ_ONCE(asee_buf_size));
		if (err)
			return err;
	}
}

static ssize_t asee_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	ssize_t total = 0;
	int err;

	if (!iov_iter_count(to))
		return 0;
	err = lock_for_read(iocb);
	if (err)
		return err;
	while (asee_buf_count && iov_iter_count(to)) {
		size_t run = min(asee_buf_count, asee_buf_size - first);
		size_t got = copy_to_iter(buffer + first, min(run, iov_iter_count(to)), to);

		if (!got)
			break;
		first = (first + got) % asee_buf_size;
		asee_buf_count -= got;
		total += got;
	}
	mutex_unlock(&lock);
	if (!total)
		return -EFAULT;
	wake_up(&write_wait);
	return total;
}

static ssize_t asee_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	ssize_t total = 0;
	int err;

	while (iov_iter_count(from)) {
		size_t got, run;
		u32 at;

		err = lock_for_write(iocb);
		if (err)
			return total ? total : err;
		at = (first + asee_buf_count) % asee_buf_size;
		run = min(asee_buf_size - asee_buf_count, asee_buf_size - at);
		got = copy_from_iter(buffer + at, min(run, iov_iter_count(from)), from);
		asee_buf_count += got;
		mutex_unlock(&lock);
		if (!got)
			return total ? total : -EFAULT;
		wake_up(&read_wait);
		total += got;
	}
	return total;
}

static __poll_t asee_poll(struct file *file, struct poll_table_struct *pt)
{
	__poll_t events = 0;

	poll_wait(file, &read_wait, pt);
	poll_wait(file, &write_wait, pt);
	mutex_lock(&lock);
	if (asee_buf_count)
		events |= EPOLLIN | EPOLLRDNORM;
	if (asee_buf_count < asee_buf_size)
		events |= EPOLLOUT | EPOLLWRNORM;
	mutex_unlock(&lock);
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
	return sysfs_emit(buf, "%u\n", asee_buf_size);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t len)
{
	u32 wanted, run;
	u8 *new_buffer;
	int err = kstrtou32(buf, 0, &wanted);

	if (err)
		return err;
	if (!wanted || wanted > SZ_64K)
		return -EINVAL;
	new_buffer = kmalloc(wanted, GFP_KERNEL);
	if (!new_buffer)
		return -ENOMEM;

	mutex_lock(&lock);
	if (wanted < asee_buf_count) {
		pr_err("%u does not hold the %u that are stored\n", wanted, asee_buf_count);
		err = -ENOSPC;
	} else {
		run = min(asee_buf_count, asee_buf_size - first);
		memcpy(new_buffer, buffer + first, run);
		memcpy(new_buffer + run, buffer, asee_buf_count - run);
		swap(buffer, new_buffer);
		first = 0;
		asee_buf_size = wanted;
	}
	mutex_unlock(&lock);

	kfree(new_buffer);
	if (!err)
		wake_up(&write_wait);
	return err ? err : len;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", asee_buf_count);
}

static struct kobj_attribute size_attr = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attr = __ATTR_RO(asee_buf_count);
static struct attribute *asee_attrs[] = { &size_attr.attr, &count_attr.attr, NULL };
ATTRIBUTE_GROUPS(asee);
static struct kobject *asee_kobj;

static int __init asee_init(void)
{
	int err = -ENOMEM;

	buffer = kmalloc(asee_buf_size, GFP_KERNEL);
	if (!buffer)
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
	kfree(buffer);
	return err;
}

static void __exit asee_exit(void)
{
	misc_deregister(&asee_misc);
	kobject_put(asee_kobj);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
