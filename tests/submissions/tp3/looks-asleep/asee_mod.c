#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

#define ASEE_MAX 65536
#define PIECE 64

static struct {
	spinlock_t lock;	/* all that follows, up to count */
	char *data;
	unsigned int size;
	unsigned int first;
	unsigned int count;
	dev_t devt;
	struct cdev cdev;
	struct class *class;
	struct kobject *kobj;
} asee;

/*
 * A task that spins, and that ps shows as S: the state is set, but schedule() is not called. Being
 * preempted in this state does not put a task to sleep.
 */
#define appear_asleep_until(condition)				\
({								\
	bool ok_ = true;					\
	int turns_ = 0;						\
	while (ok_ && !(condition)) {				\
		set_current_state(TASK_INTERRUPTIBLE);		\
		if (signal_pending(current))			\
			ok_ = false;				\
		cpu_relax();					\
		if (++turns_ % 4096 == 0)			\
			yield();				\
	}							\
	__set_current_state(TASK_RUNNING);			\
	ok_;							\
})

static bool appear_asleep_until_data(void)
{
	return appear_asleep_until(READ_ONCE(asee.count) != 0);
}

static bool appear_asleep_until_room(void)
{
	return appear_asleep_until(READ_ONCE(asee.count) < READ_ONCE(asee.size));
}

static ssize_t asee_read(struct file *filp, char __user *ubuf, size_t len, loff_t *off)
{
	char tmp[PIECE];
	size_t n;

	if (len > PIECE)
		len = PIECE;
	if (len == 0)
		return 0;

again:
	if (!appear_asleep_until_data())
		return -ERESTARTSYS;

	/* user memory may sleep: out of the ring first, to the user afterwards */
	spin_lock(&asee.lock);
	for (n = 0; n < len && asee.count; n++) {
		tmp[n] = asee.data[asee.first];
		asee.first = (asee.first + 1) % asee.size;
		asee.count--;
	}
	spin_unlock(&asee.lock);

	if (n == 0)
		goto again;	/* another reader was faster */
	if (copy_to_user(ubuf, tmp, n))
		return -EFAULT;
	return n;
}

/* Like a pipe in non-atomic mode: at least one byte, then what fits. The caller writes the rest. */
static ssize_t asee_write(struct file *filp, const char __user *ubuf, size_t len, loff_t *off)
{
	char tmp[PIECE];
	size_t n;

	if (len > PIECE)
		len = PIECE;
	if (len == 0)
		return 0;
	if (copy_from_user(tmp, ubuf, len))
		return -EFAULT;

again:
	if (!appear_asleep_until_room())
		return -ERESTARTSYS;

	spin_lock(&asee.lock);
	for (n = 0; n < len && asee.count < asee.size; n++) {
		asee.data[(asee.first + asee.count) % asee.size] = tmp[n];
		asee.count++;
	}
	spin_unlock(&asee.lock);

	if (n == 0)
		goto again;
	return n;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	return sprintf(out, "%u\n", asee.size);
}

static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *in, size_t len)
{
	unsigned int size, i;
	char *data;
	int ret;

	ret = kstrtouint(in, 10, &size);
	if (ret)
		return ret;
	if (size < 1 || size > ASEE_MAX)
		return -EINVAL;

	/* may sleep, so before the lock */
	data = kmalloc(size, GFP_KERNEL);
	if (data == NULL)
		return -ENOMEM;

	spin_lock(&asee.lock);
	if (size < asee.count) {
		spin_unlock(&asee.lock);
		kfree(data);
		pr_err("asee: size %u is below the count\n", size);
		return -EINVAL;
	}
	for (i = 0; i < asee.count; i++)
		data[i] = asee.data[(asee.first + i) % asee.size];
	swap(asee.data, data);
	asee.first = 0;
	asee.size = size;
	spin_unlock(&asee.lock);

	kfree(data);
	return len;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *out)
{
	unsigned int count;

	spin_lock(&asee.lock);
	count = asee.count;
	spin_unlock(&asee.lock);
	return sprintf(out, "%u\n", count);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0444, count_show, NULL);

static const struct attribute *asee_attrs[] = {
	&size_attr.attr,
	&count_attr.attr,
	NULL
};

static int __init asee_init(void)
{
	struct device *device;
	int ret = -ENOMEM;

	spin_lock_init(&asee.lock);
	asee.size = 16;
	asee.data = kmalloc(asee.size, GFP_KERNEL);
	if (!asee.data)
		return ret;

	asee.kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!asee.kobj)
		goto no_kobj;
	ret = sysfs_create_files(asee.kobj, asee_attrs);
	if (ret)
		goto no_region;

	ret = alloc_chrdev_region(&asee.devt, 0, 1, "asee_mod");
	if (ret)
		goto no_region;
	cdev_init(&asee.cdev, &asee_fops);
	ret = cdev_add(&asee.cdev, asee.devt, 1);
	if (ret)
		goto no_cdev;

	asee.class = class_create("asee_class");
	if (IS_ERR(asee.class)) {
		ret = PTR_ERR(asee.class);
		goto no_class;
	}
	device = device_create(asee.class, NULL, asee.devt, NULL, "asee_mod");
	if (IS_ERR(device)) {
		ret = PTR_ERR(device);
		goto no_device;
	}
	return 0;

no_device:
	class_destroy(asee.class);
no_class:
	cdev_del(&asee.cdev);
no_cdev:
	unregister_chrdev_region(asee.devt, 1);
no_region:
	kobject_put(asee.kobj);
no_kobj:
	kfree(asee.data);
	return ret;
}

static void __exit asee_exit(void)
{
	device_destroy(asee.class, asee.devt);
	class_destroy(asee.class);
	cdev_del(&asee.cdev);
	unregister_chrdev_region(asee.devt, 1);
	kobject_put(asee.kobj);
	kfree(asee.data);
}

module_init(asee_init);
module_exit(asee_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ASEE TP3");
