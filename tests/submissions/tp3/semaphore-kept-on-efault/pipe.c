/*
 * asee_mod, third practical: a pipe-like device in the manner of scullpipe.
 * The buffer is protected by a semaphore used as a lock; sleeping is done by hand with
 * prepare_to_wait() and finish_wait().
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

struct pipe_dev {
	wait_queue_head_t inq, outq;	/* readers, writers */
	char *buffer;
	size_t buffersize;
	size_t rp;			/* where to read */
	size_t used;			/* how much is in it */
	struct semaphore sem;
	struct cdev cdev;
};

static struct pipe_dev dev;
static dev_t devno;
static struct class *pipe_class;
static struct kobject *pipe_kobj;

static int pipe_open(struct inode *inode, struct file *filp)
{
	filp->private_data = container_of(inode->i_cdev, struct pipe_dev, cdev);
	return 0;
}

static ssize_t pipe_read(struct file *filp, char __user *buf, size_t count, loff_t *f_pos)
{
	struct pipe_dev *d = filp->private_data;
	char *from;

	if (count == 0)
		return 0;
	if (down_interruptible(&d->sem))
		return -ERESTARTSYS;

	while (d->used == 0) { /* nothing to read */
		DEFINE_WAIT(wait);

		up(&d->sem); /* release the lock */
		if (filp->f_flags & O_NONBLOCK)
			return -EAGAIN;
		prepare_to_wait(&d->inq, &wait, TASK_INTERRUPTIBLE);
		if (d->used == 0)
			schedule();
		finish_wait(&d->inq, &wait);
		if (signal_pending(current))
			return -ERESTARTSYS; /* signal: tell the fs layer to handle it */
		if (down_interruptible(&d->sem))
			return -ERESTARTSYS;
	}

	/* ok, data is there, return something: as far as the end of the buffer */
	count = min(count, d->used);
	count = min(count, d->buffersize - d->rp);
	from = d->buffer + d->rp;
	d->rp += count;
	if (d->rp == d->buffersize)
		d->rp = 0; /* wrapped */
	d->used -= count;
	if (copy_to_user(buf, from, count))
		return -EFAULT;
	up(&d->sem);

	/* finally, awake any writers and return */
	wake_up_interruptible(&d->outq);
	return count;
}

/* Wait for space for writing; caller must hold device semaphore. On error the semaphore will be
 * released before returning. */
static int pipe_getwritespace(struct pipe_dev *d, struct file *filp)
{
	while (d->used == d->buffersize) { /* full */
		DEFINE_WAIT(wait);

		up(&d->sem);
		if (filp->f_flags & O_NONBLOCK)
			return -EAGAIN;
		prepare_to_wait(&d->outq, &wait, TASK_INTERRUPTIBLE);
		if (d->used == d->buffersize)
			schedule();
		finish_wait(&d->outq, &wait);
		if (signal_pending(current))
			return -ERESTARTSYS;
		if (down_interruptible(&d->sem))
			return -ERESTARTSYS;
	}
	return 0;
}

static ssize_t pipe_write(struct file *filp, const char __user *buf, size_t count, loff_t *f_pos)
{
	struct pipe_dev *d = filp->private_data;
	size_t wp;
	int result;

	if (count == 0)
		return 0;
	if (down_interruptible(&d->sem))
		return -ERESTARTSYS;
	result = pipe_getwritespace(d, filp);
	if (result)
		return result;

	/* ok, space is there, accept something */
	wp = (d->rp + d->used) % d->buffersize;
	count = min(count, d->buffersize - d->used);
	count = min(count, d->buffersize - wp);
	if (copy_from_user(d->buffer + wp, buf, count)) {
		up(&d->sem);
		return -EFAULT;
	}
	d->used += count;
	up(&d->sem);

	wake_up_interruptible(&d->inq);
	return count;
}

static const struct file_operations pipe_fops = {
	.owner = THIS_MODULE,
	.open = pipe_open,
	.read = pipe_read,
	.write = pipe_write,
};

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%zu\n", dev.buffersize);
}

static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *page, size_t len)
{
	unsigned long size;
	size_t part;
	char *new;
	int result;

	result = kstrtoul(page, 0, &size);
	if (result)
		return result;
	if (size == 0 || size > 16 * PAGE_SIZE)
		return -EINVAL;

	down(&dev.sem);
	if (size < dev.used) {
		pr_err("asee_mod: new size %lu, but %zu bytes inside\n", size, dev.used);
		result = -EINVAL;
		goto out;
	}
	new = kzalloc(size, GFP_KERNEL);
	if (!new) {
		result = -ENOMEM;
		goto out;
	}
	part = min(dev.used, dev.buffersize - dev.rp);
	memcpy(new, dev.buffer + dev.rp, part);
	memcpy(new + part, dev.buffer, dev.used - part);
	kfree(dev.buffer);
	dev.buffer = new;
	dev.buffersize = size;
	dev.rp = 0;
	result = len;
out:
	up(&dev.sem);
	wake_up_interruptible(&dev.outq);
	return result;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%zu\n", dev.used);
}

static struct kobj_attribute size_attribute = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute count_attribute = __ATTR(asee_buf_count, 0444, count_show, NULL);
static struct attribute *attrs[] = { &size_attribute.attr, &count_attribute.attr, NULL };
static struct attribute_group attr_group = { .attrs = attrs };

static void pipe_cleanup(void)
{
	if (!IS_ERR_OR_NULL(pipe_class)) {
		device_destroy(pipe_class, devno);
		class_destroy(pipe_class);
	}
	if (dev.cdev.ops)
		cdev_del(&dev.cdev);
	if (devno)
		unregister_chrdev_region(devno, 1);
	kobject_put(pipe_kobj);
	kfree(dev.buffer);
}

static int __init pipe_init(void)
{
	int result = -ENOMEM;

	sema_init(&dev.sem, 1);
	init_waitqueue_head(&dev.inq);
	init_waitqueue_head(&dev.outq);
	dev.buffersize = 16;
	dev.buffer = kzalloc(dev.buffersize, GFP_KERNEL);
	if (!dev.buffer)
		goto fail;
	pipe_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!pipe_kobj)
		goto fail;
	result = sysfs_create_group(pipe_kobj, &attr_group);
	if (result)
		goto fail;
	result = alloc_chrdev_region(&devno, 0, 1, "asee_mod");
	if (result)
		goto fail;
	cdev_init(&dev.cdev, &pipe_fops);
	result = cdev_add(&dev.cdev, devno, 1);
	if (result)
		goto fail;
	pipe_class = class_create("asee_pipe");
	if (IS_ERR(pipe_class)) {
		result = PTR_ERR(pipe_class);
		goto fail;
	}
	result = PTR_ERR_OR_ZERO(device_create(pipe_class, NULL, devno, NULL, "asee_mod"));
	if (result)
		goto fail;
	return 0;

fail:
	pipe_cleanup();
	return result;
}

static void __exit pipe_exit(void)
{
	pipe_cleanup();
}

module_init(pipe_init);
module_exit(pipe_exit);
MODULE_LICENSE("Dual BSD/GPL");
