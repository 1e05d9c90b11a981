#include <linux/module.h>
#include <linux/miscdevice.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

/* one byte per call */
#define TAB_LEN 4096

static char tab[TAB_LEN];
static int r, nbytes, size = 16;
static DEFINE_SPINLOCK(lock);
static DECLARE_WAIT_QUEUE_HEAD(wait_room);

/* true: got one */
static bool pop(char *c)
{
	bool ok;

	spin_lock(&lock);
	ok = nbytes > 0;
	if (ok) {
		*c = tab[r];
		r = (r + 1) % TAB_LEN;
		nbytes--;
		wake_up(&wait_room);
	}
	spin_unlock(&lock);
	return ok;
}

static bool push(char c)
{
	bool ok;

	spin_lock(&lock);
	ok = nbytes < size;
	if (ok) {
		tab[(r + nbytes) % TAB_LEN] = c;
		nbytes++;
	}
	spin_unlock(&lock);
	return ok;
}

static ssize_t asee_read(struct file *f, char __user *u, size_t n, loff_t *o)
{
	char c;

	if (n == 0)
		return 0;
	while (!pop(&c)) {
		if (signal_pending(current))
			return -ERESTARTSYS;
		yield();	/* let the writers run */
	}
	return put_user(c, u) ? -EFAULT : 1;
}

static ssize_t asee_write(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	char c;

	if (n == 0)
		return 0;
	if (get_user(c, u))
		return -EFAULT;
	if (wait_event_interruptible(wait_room, push(c)))
		return -ERESTARTSYS;
	return 1;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static struct miscdevice asee = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &asee_fops,
};

static ssize_t size_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%d\n", size);
}

static ssize_t size_store(struct kobject *k, struct kobj_attribute *a, const char *b, size_t n)
{
	ssize_t ret = n;
	int s;

	if (kstrtoint(b, 0, &s) || s < 1 || s > TAB_LEN)
		return -EINVAL;
	spin_lock(&lock);
	if (s < nbytes) {
		pr_err("asee_mod: %d in use\n", nbytes);
		ret = -EINVAL;
	} else {
		size = s;
		wake_up(&wait_room);
	}
	spin_unlock(&lock);
	return ret;
}

static ssize_t count_show(struct kobject *k, struct kobj_attribute *a, char *b)
{
	return sprintf(b, "%d\n", nbytes);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0600, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0400, count_show, NULL);
static struct kobject *kobj;

static int __init asee_init(void)
{
	int err;

	kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!kobj)
		return -ENOMEM;
	if ((err = sysfs_create_file(kobj, &size_attr.attr)) ||
	    (err = sysfs_create_file(kobj, &count_attr.attr)) ||
	    (err = misc_register(&asee)))
		kobject_put(kobj);
	return err;
}
module_init(asee_init);

static void __exit asee_exit(void)
{
	misc_deregister(&asee);
	kobject_put(kobj);
}
module_exit(asee_exit);

MODULE_LICENSE("GPL");
