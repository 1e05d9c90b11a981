#include <linux/module.h>
#include <linux/miscdevice.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

/*
 * As small as it gets: a call moves one byte, and whoever wants more calls again (cat and echo do).
 * The array has the largest size there is, asee_buf_size only says how much of it may be in use.
 */
#define ROOM 4096

static char ring[ROOM];
static int r, used, size = 16;
static DEFINE_SPINLOCK(lock);
static DECLARE_WAIT_QUEUE_HEAD(queue);

/* true: got one */
static bool take(char *c)
{
	bool ok;

	spin_lock(&lock);
	ok = used > 0;
	if (ok) {
		*c = ring[r];
		r = (r + 1) % ROOM;
		used--;
		wake_up(&queue);
	}
	spin_unlock(&lock);
	return ok;
}

static bool give(char c)
{
	bool ok;

	spin_lock(&lock);
	ok = used < size;
	if (ok) {
		ring[(r + used) % ROOM] = c;
		used++;
		wake_up(&queue);
	}
	spin_unlock(&lock);
	return ok;
}

static ssize_t small_read(struct file *f, char __user *u, size_t n, loff_t *o)
{
	char c;

	if (n == 0)
		return 0;
	/* the condition takes the byte itself, so there is nothing to look at again */
	if (wait_event_interruptible(queue, take(&c)))
		return -ERESTARTSYS;
	return put_user(c, u) ? -EFAULT : 1;
}

static ssize_t small_write(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	char c;

	if (n == 0)
		return 0;
	if (get_user(c, u))
		return -EFAULT;
	if (wait_event_interruptible(queue, give(c)))
		return -ERESTARTSYS;
	return 1;
}

static const struct file_operations small_fops = {
	.owner = THIS_MODULE,
	.read = small_read,
	.write = small_write,
};

static struct miscdevice small = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &small_fops,
};

static ssize_t size_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%d\n", size);
}

static ssize_t size_store(struct kobject *k, struct kobj_attribute *a, const char *b, size_t n)
{
	ssize_t ret = n;
	int s;

	if (kstrtoint(b, 0, &s) || s < 1 || s > ROOM)
		return -EINVAL;
	spin_lock(&lock);
	if (s < used) {
		pr_err("asee_mod: %d in use\n", used);
		ret = -EINVAL;
	} else {
		size = s;
		wake_up(&queue);
	}
	spin_unlock(&lock);
	return ret;
}

static ssize_t count_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%d\n", used);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0600, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0400, count_show, NULL);
static struct kobject *kobj;

static int __init small_init(void)
{
	int err;

	kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!kobj)
		return -ENOMEM;
	if ((err = sysfs_create_file(kobj, &size_attr.attr)) ||
	    (err = sysfs_create_file(kobj, &count_attr.attr)) ||
	    (err = misc_register(&small)))
		kobject_put(kobj);
	return err;
}
module_init(small_init);

static void __exit small_exit(void)
{
	misc_deregister(&small);
	kobject_put(kobj);
}
module_exit(small_exit);

MODULE_LICENSE("GPL");
