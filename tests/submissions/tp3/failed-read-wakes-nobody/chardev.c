/*
 * chardev.c - TP3 ASEE : le canal bloque
 *
 * Squelette de la section 6.5 du livre, sysfs de la section 8, files d'attente
 * de la section 11, mutex de la section 12.
 */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define DEVICE_NAME "asee_mod"
#define BUF_LEN 16
#define BUF_MAX 8192

static int device_open(struct inode *, struct file *);
static int device_release(struct inode *, struct file *);
static ssize_t device_read(struct file *, char __user *, size_t, loff_t *);
static ssize_t device_write(struct file *, const char __user *, size_t, loff_t *);

static int major;
static struct class *cls;
static struct kobject *asee_kobj;

static char *msg;                     /* le tampon */
static int asee_buf_size = BUF_LEN;
static int asee_buf_count = 0;
static int first = 0;                 /* le plus ancien */

static DEFINE_MUTEX(verrou);
static DECLARE_WAIT_QUEUE_HEAD(lecteurs);
static DECLARE_WAIT_QUEUE_HEAD(ecrivains);

static struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.read = device_read,
	.write = device_write,
	.open = device_open,
	.release = device_release,
};

/* plusieurs processus peuvent ouvrir : plus de EBUSY comme dans le livre */
static int device_open(struct inode *inode, struct file *file)
{
	return 0;
}

static int device_release(struct inode *inode, struct file *file)
{
	return 0;
}

static ssize_t device_read(struct file *filp, char __user *buffer,
			   size_t length, loff_t *offset)
{
	int bytes_read = 0;

	if (length == 0)
		return 0;

	mutex_lock(&verrou);
	while (asee_buf_count == 0) {
		mutex_unlock(&verrou);  /* ne jamais dormir avec le verrou */
		if (wait_event_interruptible(lecteurs, asee_buf_count > 0))
			return -ERESTARTSYS;
		mutex_lock(&verrou);    /* un autre a pu passer avant : on reteste */
	}

	while (length && asee_buf_count > 0) {
		char c = msg[first];

		first = (first + 1) % asee_buf_size;
		asee_buf_count--;
		if (put_user(c, buffer)) {
			if (bytes_read == 0)
				bytes_read = -EFAULT;
			break;
		}
		buffer++;
		length--;
		bytes_read++;
	}
	mutex_unlock(&verrou);

	if (bytes_read > 0)
		wake_up_interruptible(&ecrivains);
	return bytes_read;
}

static ssize_t device_write(struct file *filp, const char __user *buff,
			    size_t len, loff_t *off)
{
	size_t i;
	char c;

	for (i = 0; i < len; i++) {
		if (get_user(c, buff + i))
			return i ? i : -EFAULT;
		/* on ne garde pas le '\n' de echo */
		if (c == '\n' && i == len - 1)
			break;

		mutex_lock(&verrou);
		while (asee_buf_count == asee_buf_size) {
			mutex_unlock(&verrou);
			if (wait_event_interruptible(ecrivains, asee_buf_count < asee_buf_size))
				return i ? i : -ERESTARTSYS;
			mutex_lock(&verrou);
		}
		msg[(first + asee_buf_count) % asee_buf_size] = c;
		asee_buf_count++;
		mutex_unlock(&verrou);
		wake_up_interruptible(&lecteurs);
	}
	return len;
}

static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_size);
}

static ssize_t size_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	int n, i, ret;
	char *nouveau;

	ret = kstrtoint(buf, 10, &n);
	if (ret)
		return ret;
	if (n <= 0 || n > BUF_MAX)
		return -EINVAL;

	nouveau = kmalloc(n, GFP_KERNEL);
	if (!nouveau)
		return -ENOMEM;

	mutex_lock(&verrou);
	if (n < asee_buf_count) {
		pr_err("asee_mod: %d caracteres dans le tampon, taille %d refusee\n",
		       asee_buf_count, n);
		mutex_unlock(&verrou);
		kfree(nouveau);
		return -EINVAL;
	}
	for (i = 0; i < asee_buf_count; i++)
		nouveau[i] = msg[(first + i) % asee_buf_size];
	kfree(msg);
	msg = nouveau;
	first = 0;
	asee_buf_size = n;
	mutex_unlock(&verrou);

	/* il y a peut-etre de la place maintenant */
	wake_up_interruptible(&ecrivains);
	return count;
}

static ssize_t count_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_count);
}

static struct kobj_attribute size_attr = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute count_attr = __ATTR(asee_buf_count, 0444, count_show, NULL);

static int __init chardev_init(void)
{
	int error;

	msg = kmalloc(asee_buf_size, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;

	asee_kobj = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!asee_kobj) {
		kfree(msg);
		return -ENOMEM;
	}
	error = sysfs_create_file(asee_kobj, &size_attr.attr);
	if (!error)
		error = sysfs_create_file(asee_kobj, &count_attr.attr);
	if (error) {
		pr_info("failed to create the files in /sys/kernel/asee_mod\n");
		kobject_put(asee_kobj);
		kfree(msg);
		return error;
	}

	major = register_chrdev(0, DEVICE_NAME, &chardev_fops);
	if (major < 0) {
		pr_alert("Registering char device failed with %d\n", major);
		kobject_put(asee_kobj);
		kfree(msg);
		return major;
	}
	pr_info("I was assigned major number %d.\n", major);

	cls = class_create(DEVICE_NAME);
	device_create(cls, NULL, MKDEV(major, 0), NULL, DEVICE_NAME);
	pr_info("Device created on /dev/%s\n", DEVICE_NAME);
	return 0;
}

static void __exit chardev_exit(void)
{
	device_destroy(cls, MKDEV(major, 0));
	class_destroy(cls);
	unregister_chrdev(major, DEVICE_NAME);
	kobject_put(asee_kobj);
	kfree(msg);
}

module_init(chardev_init);
module_exit(chardev_exit);

MODULE_LICENSE("GPL");
