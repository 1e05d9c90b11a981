/* TP3 - blocking channel */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/string.h>
#include <linux/miscdevice.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#define CHUNK 4096
#define MAX_SIZE 4096

static int asee_buf_size = 16;
static int asee_buf_count;
static char *ring;
static int rpos;			/* next byte to read */

static DEFINE_SPINLOCK(ring_lock);
static DECLARE_WAIT_QUEUE_HEAD(readers);
static DECLARE_WAIT_QUEUE_HEAD(writers);

static ssize_t asee_read(struct file *f, char __user *ubuf, size_t len, loff_t *off)
{
	char *tmp;
	int n, i;

	if (len == 0)
		return 0;
	n = min_t(size_t, len, CHUNK);
	tmp = kmalloc(n, GFP_KERNEL);
	if (!tmp)
		return -ENOMEM;

	spin_lock(&ring_lock);
	while (asee_buf_count == 0) {
		spin_unlock(&ring_lock);	/* never sleep with it */
		if (wait_event_interruptible_exclusive(readers, asee_buf_count > 0)) {
			kfree(tmp);
			return -ERESTARTSYS;
		}
		spin_lock(&ring_lock);
	}
	if (n > asee_buf_count)
		n = asee_buf_count;
	for (i = 0; i < n; i++) {
		tmp[i] = ring[rpos];
		rpos = (rpos + 1) % asee_buf_size;
	}
	asee_buf_count -= n;
	spin_unlock(&ring_lock);
	wake_up_interruptible(&writers);

	if (copy_to_user(ubuf, tmp, n)) {
		kfree(tmp);
		return -EFAULT;
	}
	kfree(tmp);
	return n;
}

static ssize_t asee_write(struct file *f, const char __user *ubuf, size_t len, loff_t *off)
{
	size_t done = 0, chunk, keep, i;
	ssize_t ret;
	char *tmp;

	if (len == 0)
		return 0;
	tmp = kmalloc(min_t(size_t, len, CHUNK), GFP_KERNEL);
	if (!tmp)
		return -ENOMEM;

	while (done < len) {
		chunk = min_t(size_t, len - done, CHUNK);
		if (copy_from_user(tmp, ubuf + done, chunk)) {
			ret = done ? done : -EFAULT;
			goto out;
		}
		keep = chunk;
		/* drop the newline of echo */
		if (done + chunk == len && tmp[chunk - 1] == '\n')
			keep--;

		spin_lock(&ring_lock);
		for (i = 0; i < keep; i++) {
			while (asee_buf_count >= asee_buf_size) {
				spin_unlock(&ring_lock);
				wake_up_interruptible(&readers);
				if (wait_event_interruptible(writers,
						asee_buf_count < asee_buf_size)) {
					ret = done + i ? done + i : -ERESTARTSYS;
					goto out;
				}
				spin_lock(&ring_lock);
			}
			ring[(rpos + asee_buf_count) % asee_buf_size] = tmp[i];
			asee_buf_count++;
		}
		spin_unlock(&ring_lock);
		wake_up_interruptible(&readers);
		done += chunk;
	}
	ret = len;
out:
	kfree(tmp);
	return ret;
}

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sprintf(page, "%d\n", asee_buf_size);
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sprintf(page, "%d\n", asee_buf_count);
}

static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *page, size_t n)
{
	char *bigger, *old;
	int val, i;

	if (kstrtoint(page, 10, &val) || val < 1 || val > MAX_SIZE)
		return -EINVAL;
	bigger = kmalloc(val, GFP_KERNEL);
	if (!bigger)
		return -ENOMEM;

	spin_lock(&ring_lock);
	if (val < asee_buf_count) {
		spin_unlock(&ring_lock);
		kfree(bigger);
		pr_err("asee_mod: %d is too small\n", val);
		return -EINVAL;
	}
	for (i = 0; i < asee_buf_count; i++)
		bigger[i] = ring[(rpos + i) % asee_buf_size];
	old = ring;
	ring = bigger;
	rpos = 0;
	asee_buf_size = val;
	spin_unlock(&ring_lock);

	kfree(old);
	wake_up_interruptible(&writers);
	return n;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static struct miscdevice asee_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &asee_fops,
	.mode = 0666,
};

static int dev_setup(void)
{
	return misc_register(&asee_misc);
}

static void dev_teardown(void)
{
	misc_deregister(&asee_misc);
}

static struct kobj_attribute size_attribute =
	__ATTR(asee_buf_size, 0664, size_show, size_store);
static struct kobj_attribute count_attribute =
	__ATTR(asee_buf_count, 0444, count_show, NULL);

static struct kobject *asee_kobj;

static struct attribute *asee_attrs[] = {
	&size_attribute.attr,
	&count_attribute.attr,
	NULL,
};

static const struct attribute_group asee_group = {
	.attrs = asee_attrs,
};

static int sysfs_setup(void)
{
	int err;

	asee_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!asee_kobj)
		return -ENOMEM;
	err = sysfs_create_group(asee_kobj, &asee_group);
	if (err)
		kobject_put(asee_kobj);
	return err;
}

static void sysfs_teardown(void)
{
	sysfs_remove_group(asee_kobj, &asee_group);
	kobject_put(asee_kobj);
}

static int __init asee_init(void)
{
	int err;

	ring = kmalloc(asee_buf_size, GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	err = sysfs_setup();
	if (err)
		goto out_free;
	err = dev_setup();
	if (err)
		goto undo0;
	return 0;

undo0:
	sysfs_teardown();
out_free:
	kfree(ring);
	return err;
}

static void __exit asee_exit(void)
{
	dev_teardown();
	sysfs_teardown();
	kfree(ring);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ASEE character device");
