#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#define NAME "asee_mod"
#define LIGNE 11

struct asee_dev {
	struct cdev cdev;
	dev_t num;
	struct class *class;
	struct kobject *kobj;

	struct mutex lock;
	char *data;
	size_t size;
	size_t rpos;
	size_t used;
	unsigned long round;	/* +1 each time that everybody is sent home */
	unsigned long lines;	/* a bit pair for each line that was heard of */

	wait_queue_head_t inq, outq;
	struct work_struct travail;
};

static struct asee_dev *asee;

/* An interrupt handler must not sleep, so it may not take the mutex: this does it for it. */
static void liberer(struct work_struct *work)
{
	struct asee_dev *dev = container_of(work, struct asee_dev, travail);

	mutex_lock(&dev->lock);
	dev->round++;
	mutex_unlock(&dev->lock);
	wake_up_interruptible_all(&dev->inq);
	wake_up_interruptible_all(&dev->outq);
}

static irqreturn_t it_handler(int irq, void *dev_id)
{
	struct asee_dev *dev = dev_id;

	dev->lines |= 3 << (3 * irq);
	schedule_work(&dev->travail);
	return IRQ_HANDLED;
}

static int asee_open(struct inode *inode, struct file *filp)
{
	filp->private_data = container_of(inode->i_cdev, struct asee_dev, cdev);
	return nonseekable_open(inode, filp);
}

static ssize_t asee_read(struct file *filp, char __user *buf, size_t n, loff_t *f_pos)
{
	struct asee_dev *dev = filp->private_data;
	unsigned long round;
	ssize_t ret;

	if (!n)
		return 0;
	if (mutex_lock_interruptible(&dev->lock))
		return -ERESTARTSYS;
	round = dev->round;
	while (!dev->used) {
		mutex_unlock(&dev->lock);
		if (wait_event_interruptible(dev->inq, READ_ONCE(dev->used) ||
							       READ_ONCE(dev->round) != round))
			return -ERESTARTSYS;
		if (READ_ONCE(dev->round) != round)
			return -ECANCELED;
		if (mutex_lock_interruptible(&dev->lock))
			return -ERESTARTSYS;
	}
	/* up to the end of the array at most; the caller comes again for the rest */
	n = min3(n, dev->used, dev->size - dev->rpos);
	if (copy_to_user(buf, dev->data + dev->rpos, n)) {
		ret = -EFAULT;
	} else {
		dev->rpos = (dev->rpos + n) % dev->size;
		dev->used -= n;
		ret = n;
	}
	mutex_unlock(&dev->lock);
	wake_up_interruptible(&dev->outq);
	return ret;
}

static ssize_t asee_write(struct file *filp, const char __user *buf, size_t n, loff_t *f_pos)
{
	struct asee_dev *dev = filp->private_data;
	unsigned long round;
	size_t wpos;

	if (!n)
		return 0;
	if (mutex_lock_interruptible(&dev->lock))
		return -ERESTARTSYS;
	round = dev->round;
	while (dev->used == dev->size) {
		mutex_unlock(&dev->lock);
		if (wait_event_interruptible(dev->outq,
					     READ_ONCE(dev->used) < READ_ONCE(dev->size) ||
						     READ_ONCE(dev->round) != round))
			return -ERESTARTSYS;
		if (READ_ONCE(dev->round) != round)
			return -ECANCELED;
		if (mutex_lock_interruptible(&dev->lock))
			return -ERESTARTSYS;
	}
	/* as scull does it: what fits in one piece; the caller comes again for the rest */
	wpos = (dev->rpos + dev->used) % dev->size;
	n = min3(n, dev->size - dev->used, dev->size - wpos);
	if (copy_from_user(dev->data + wpos, buf, n)) {
		mutex_unlock(&dev->lock);
		return -EFAULT;
	}
	WRITE_ONCE(dev->used, dev->used + n);
	mutex_unlock(&dev->lock);
	wake_up_interruptible(&dev->inq);
	return n;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.open = asee_open,
	.read = asee_read,
	.write = asee_write,
};

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%zu\n", asee->size);
}

static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			  size_t len)
{
	unsigned long size, i;
	char *data;

	if (kstrtoul(buf, 10, &size) || size == 0 || size > PAGE_SIZE)
		return -EINVAL;
	data = kzalloc(size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;

	mutex_lock(&asee->lock);
	if (size < asee->used) {
		mutex_unlock(&asee->lock);
		kfree(data);
		pr_err(NAME ": %zu caracteres dans le canal, taille %lu refusee\n", asee->used,
		       size);
		return -EBUSY;
	}
	for (i = 0; i < asee->used; i++)
		data[i] = asee->data[(asee->rpos + i) % asee->size];
	kfree(asee->data);
	asee->data = data;
	asee->rpos = 0;
	WRITE_ONCE(asee->size, size);
	mutex_unlock(&asee->lock);

	wake_up_interruptible(&asee->outq);
	return len;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%zu\n", asee->used);
}

static ssize_t trigger_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			     size_t len)
{
	asm volatile("int $0x3B");
	/* When the write returns, it has happened. */
	flush_work(&asee->travail);
	return len;
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0444, count_show, NULL);
static struct kobj_attribute trigger_attr = __ATTR(trigger, 0200, NULL, trigger_store);

static struct attribute *attrs[] = {
	&size_attr.attr,
	&count_attr.attr,
	&trigger_attr.attr,
	NULL,
};
static const struct attribute_group group = { .attrs = attrs };

static int __init tp4_init(void)
{
	struct device *device;
	int err = -ENOMEM;

	asee = kzalloc(sizeof(*asee), GFP_KERNEL);
	if (!asee)
		return -ENOMEM;
	mutex_init(&asee->lock);
	init_waitqueue_head(&asee->inq);
	init_waitqueue_head(&asee->outq);
	INIT_WORK(&asee->travail, liberer);
	asee->size = 16;
	asee->data = kzalloc(asee->size, GFP_KERNEL);
	if (!asee->data)
		goto err_data;

	err = alloc_chrdev_region(&asee->num, 0, 1, NAME);
	if (err)
		goto err_region;
	cdev_init(&asee->cdev, &asee_fops);
	asee->cdev.owner = THIS_MODULE;

	err = request_irq(LIGNE, it_handler, IRQF_SHARED, NAME, asee);
	if (err)
		goto err_irq;

	err = -ENOMEM;
	asee->kobj = kobject_create_and_add(NAME, kernel_kobj);
	if (!asee->kobj)
		goto err_kobj;
	err = sysfs_create_group(asee->kobj, &group);
	if (err)
		goto err_group;

	err = cdev_add(&asee->cdev, asee->num, 1);
	if (err)
		goto err_group;
	asee->class = class_create(NAME);
	if (IS_ERR(asee->class)) {
		err = PTR_ERR(asee->class);
		goto err_class;
	}
	device = device_create(asee->class, NULL, asee->num, NULL, NAME);
	if (IS_ERR(device)) {
		err = PTR_ERR(device);
		goto err_device;
	}
	return 0;

err_device:
	class_destroy(asee->class);
err_class:
	cdev_del(&asee->cdev);
err_group:
	kobject_put(asee->kobj);
err_kobj:
	free_irq(LIGNE, asee);
	cancel_work_sync(&asee->travail);
err_irq:
	unregister_chrdev_region(asee->num, 1);
err_region:
	kfree(asee->data);
err_data:
	kfree(asee);
	return err;
}

static void __exit tp4_exit(void)
{
	device_destroy(asee->class, asee->num);
	class_destroy(asee->class);
	cdev_del(&asee->cdev);
	unregister_chrdev_region(asee->num, 1);
	kobject_put(asee->kobj);
	/* first no more interrupts, then nothing left of the last one */
	free_irq(LIGNE, asee);
	cancel_work_sync(&asee->travail);
	kfree(asee->data);
	kfree(asee);
}

module_init(tp4_init);
module_exit(tp4_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("M2 ASEE");
