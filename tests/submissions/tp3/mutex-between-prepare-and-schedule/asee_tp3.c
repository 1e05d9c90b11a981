/*
 * TP3: asee_mod with a mutex and prepare_to_wait()
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

struct channel {
	wait_queue_head_t readers;
	wait_queue_head_t writers;
	char *buffer;
	size_t buffersize;
	size_t rp;			/* where to read */
	size_t used;			/* how much is in it */
	struct mutex mutex;
	struct cdev cdev;
};

static struct channel dev;
static dev_t devno;
static struct class *channel_class;
static struct kobject *channel_kobj;

static int channel_open(struct inode *inode, struct file *filp)
{
	filp->private_data = container_of(inode->i_cdev, struct channel, cdev);
	return 0;
}

static ssize_t channel_read(struct file *filp, char __user *buf, size_t count, loff_t *f_pos)
{
	struct channel *d = filp->private_data;

	DEFINE_WAIT(wait);

	if (count == 0)
		return 0;

	for (;;) {
		prepare_to_wait(&d->readers, &wait, TASK_INTERRUPTIBLE);
		mutex_lock(&d->mutex);	/* look at it with the lock held */
		if (d->used)
			break;
		mutex_unlock(&d->mutex);
		if (signal_pending(current) || (filp->f_flags & O_NONBLOCK)) {
			finish_wait(&d->readers, &wait);
			return signal_pending(current) ? -ERESTARTSYS : -EAGAIN;
		}
		schedule();
	}
	finish_wait(&d->readers, &wait);

	/* ok, data is there, return something: as far as the end of the buffer */
	count = min(count, d->used);
	count = min(count, d->buffersize - d->rp);
	if (copy_to_user(buf, d->buffer + d->rp, count)) {
		mutex_unlock(&d->mutex);
		return -EFAULT;
	}
	d->rp += count;
	if (d->rp == d->buffersize)
		d->rp = 0; /* wrapped */
	d->used -= count;
	mutex_unlock(&d->mutex);

	/* finally, awake any writers and return */
	wake_up_interruptible(&d->writers);
	return count;
}

/* Called and, if it returns 0, left with the mutex held. */
static int channel_wait_room(struct channel *d, struct file *filp)
{
	while (d->used == d->buffersize) { /* full */
		DEFINE_WAIT(wait);

		mutex_unlock(&d->mutex);
		if (filp->f_flags & O_NONBLOCK)
			return -EAGAIN;
		prepare_to_wait(&d->writers, &wait, TASK_INTERRUPTIBLE);
		if (d->used == d->buffersize)
			schedule();
		finish_wait(&d->writers, &wait);
		if (signal_pending(current))
			return -ERESTARTSYS;
		mutex_lock(&d->mutex);
	}
	return 0;
}

static ssize_t channel_write(struct file *filp, const char __user *buf, size_t count, loff_t *f_pos)
{
	struct channel *d = filp->private_data;
	size_t wp;
	int result;

	if (count == 0)
		return 0;
	mutex_lock(&d->mutex);
	result = channel_wait_room(d, filp);
	if (result)
		return result;

	/* ok, space is there, accept something */
	wp = (d->rp + d->used) % d->buffersize;
	count = min(count, d->buffersize - d->used);
	count = min(count, d->buffersize - wp);
	if (copy_from_user(d->buffer + wp, buf, count)) {
		mutex_unlock(&d->mutex);
		return -EFAULT;
	}
	d->used += count;
	mutex_unlock(&d->mutex);

	wake_up_interruptible(&d->readers);
	return count;
}

static const struct file_operations channel_fops = {
	.owner = THIS_MODULE,
	.open = channel_open,
	.read = channel_read,
	.write = channel_write,
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

	mutex_lock(&dev.mutex);
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
	mutex_unlock(&dev.mutex);
	wake_up_interruptible(&dev.writers);
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

static void channel_cleanup(void)
{
	if (!IS_ERR_OR_NULL(channel_class)) {
		device_destroy(channel_class, devno);
		class_destroy(channel_class);
	}
	if (dev.cdev.ops)
		cdev_del(&dev.cdev);
	if (devno)
		unregister_chrdev_region(devno, 1);
	kobject_put(channel_kobj);
	kfree(dev.buffer);
}

static int __init channel_init(void)
{
	int result = -ENOMEM;

	mutex_init(&dev.mutex);
	init_waitqueue_head(&dev.readers);
	init_waitqueue_head(&dev.writers);
	dev.buffersize = 16;
	dev.buffer = kzalloc(dev.buffersize, GFP_KERNEL);
	if (!dev.buffer)
		goto fail;
	channel_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!channel_kobj)
		goto fail;
	result = sysfs_create_group(channel_kobj, &attr_group);
	if (result)
		goto fail;
	result = alloc_chrdev_region(&devno, 0, 1, "asee_mod");
	if (result)
		goto fail;
	cdev_init(&dev.cdev, &channel_fops);
	result = cdev_add(&dev.cdev, devno, 1);
	if (result)
		goto fail;
	channel_class = class_create("asee_pipe");
	if (IS_ERR(channel_class)) {
		result = PTR_ERR(channel_class);
		goto fail;
	}
	result = PTR_ERR_OR_ZERO(device_create(channel_class, NULL, devno, NULL, "asee_mod"));
	if (result)
		goto fail;
	return 0;

fail:
	channel_cleanup();
	return result;
}

static void __exit channel_exit(void)
{
	channel_cleanup();
}

module_init(channel_init);
module_exit(channel_exit);
MODULE_LICENSE("Dual BSD/GPL");
