/*
 * ASEE - TP3
 *
 * Le canal simule un peripherique lent (ACCES) pour que les blocages se voient bien.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define DEVICE_NAME "asee_mod"
#define CAPACITE 4096	/* la memoire ; asee_buf_size dit combien on en utilise */
#define ACCES() mdelay(3)

static char memoire[CAPACITE];
static unsigned int entree, sortie;	/* ou ecrire, ou lire */
static int asee_buf_size = 16;
static int asee_buf_count;

static DECLARE_WAIT_QUEUE_HEAD(vide);
static DECLARE_WAIT_QUEUE_HEAD(plein);

static ssize_t device_read(struct file *filp, char __user *buffer, size_t length, loff_t *offset)
{
	size_t n = 0;

	if (length == 0)
		return 0;
	if (wait_event_interruptible(vide, asee_buf_count > 0))
		return -ERESTARTSYS;

	ACCES();
	do {
		if (put_user(memoire[sortie], buffer + n))
			return n ? n : -EFAULT;
		sortie = (sortie + 1) % CAPACITE;
		asee_buf_count--;
		n++;
	} while (n < length && asee_buf_count > 0);

	wake_up_interruptible(&plein);
	return n;
}

static ssize_t device_write(struct file *filp, const char __user *buff, size_t len, loff_t *off)
{
	size_t n = 0;
	char c;

	if (len == 0)
		return 0;
	if (wait_event_interruptible(plein, asee_buf_count < asee_buf_size))
		return -ERESTARTSYS;

	ACCES();
	while (n < len && asee_buf_count < asee_buf_size) {
		if (get_user(c, buff + n)) {
			if (n == 0)
				return -EFAULT;
			break;
		}
		memoire[entree] = c;
		entree = (entree + 1) % CAPACITE;
		asee_buf_count++;
		n++;
	}

	wake_up_interruptible(&vide);
	return n;
}

static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.read = device_read,
	.write = device_write,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_size);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *buf, size_t count)
{
	int n, err;

	err = kstrtoint(buf, 10, &n);
	if (err)
		return err;
	if (n < 1 || n > CAPACITE || n < asee_buf_count) {
		pr_err("asee_mod: taille %d impossible\n", n);
		return -EINVAL;
	}
	asee_buf_size = n;
	wake_up_interruptible(&plein);
	return count;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_count);
}

static struct kobj_attribute size_attribute = __ATTR_RW(asee_buf_size);
static struct kobj_attribute count_attribute = __ATTR_RO(asee_buf_count);

static int major;
static struct class *cls;
static struct kobject *mymodule;

static int __init chardev_init(void)
{
	int error;

	mymodule = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!mymodule)
		return -ENOMEM;
	error = sysfs_create_file(mymodule, &size_attribute.attr);
	if (!error)
		error = sysfs_create_file(mymodule, &count_attribute.attr);
	if (error) {
		kobject_put(mymodule);
		return error;
	}

	major = register_chrdev(0, DEVICE_NAME, &chardev_fops);
	if (major < 0) {
		kobject_put(mymodule);
		return major;
	}
	cls = class_create(DEVICE_NAME);
	device_create(cls, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);
	return 0;
}

static void __exit chardev_exit(void)
{
	device_destroy(cls, MKDEV(major, 0));
	class_destroy(cls);
	unregister_chrdev(major, DEVICE_NAME);
	kobject_put(mymodule);
}

module_init(chardev_init);
module_exit(chardev_exit);
MODULE_LICENSE("GPL");
