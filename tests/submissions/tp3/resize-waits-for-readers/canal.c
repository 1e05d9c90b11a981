/*
 * TP3 : canal bloquant. Les lecteurs sont servis chacun a son tour.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define ASEE_TAILLE_DEFAUT 16
#define ASEE_TAILLE_MAX    (32 * 1024)

static char *anneau;
static unsigned int asee_buf_size = ASEE_TAILLE_DEFAUT;
static unsigned int asee_buf_count;
static unsigned int tete;

static DEFINE_MUTEX(verrou);        /* anneau, taille, compte, tete */
static DEFINE_MUTEX(tour_lecture);   /* un lecteur a la fois ; pas de lecteur pendant un redimensionnement */
static DECLARE_WAIT_QUEUE_HEAD(wq_lecture);
static DECLARE_WAIT_QUEUE_HEAD(wq_ecriture);

static ssize_t canal_read(struct file *filp, char __user *ubuf, size_t len, loff_t *off)
{
	unsigned int n, i;
	char *copie;

	if (len == 0)
		return 0;
	if (len > PAGE_SIZE)
		len = PAGE_SIZE;
	copie = kmalloc(len, GFP_KERNEL);
	if (!copie)
		return -ENOMEM;

	if (mutex_lock_interruptible(&tour_lecture)) {
		kfree(copie);
		return -ERESTARTSYS;
	}
	do {
		if (wait_event_interruptible(wq_lecture, READ_ONCE(asee_buf_count))) {
			mutex_unlock(&tour_lecture);
			kfree(copie);
			return -ERESTARTSYS;
		}
		mutex_lock(&verrou);
		n = min_t(size_t, len, asee_buf_count);
		for (i = 0; i < n; i++)
			copie[i] = anneau[(tete + i) % asee_buf_size];
		tete = (tete + n) % asee_buf_size;
		asee_buf_count -= n;
		mutex_unlock(&verrou);
	} while (n == 0);
	mutex_unlock(&tour_lecture);

	wake_up_interruptible(&wq_ecriture);
	if (copy_to_user(ubuf, copie, n)) {
		kfree(copie);
		return -EFAULT;
	}
	kfree(copie);
	return n;
}

/* rend 1 si le caractere a ete mis, 0 si c'est plein */
static int deposer(char c)
{
	int ok = 0;

	mutex_lock(&verrou);
	if (asee_buf_count < asee_buf_size) {
		anneau[(tete + asee_buf_count) % asee_buf_size] = c;
		asee_buf_count++;
		ok = 1;
	}
	mutex_unlock(&verrou);
	return ok;
}

static ssize_t canal_write(struct file *filp, const char __user *ubuf, size_t len, loff_t *off)
{
	ssize_t ret = 0;
	char c;

	while (ret < len) {
		if (get_user(c, ubuf + ret)) {
			ret = ret ? ret : -EFAULT;
			break;
		}
		if (c == '\n' && ret == len - 1) {
			ret++;	/* le '\n' final n'est pas garde */
			break;
		}
		if (deposer(c)) {
			ret++;
			continue;
		}
		/* plein : les lecteurs d'abord */
		wake_up_interruptible(&wq_lecture);
		if (wait_event_interruptible(wq_ecriture,
					     READ_ONCE(asee_buf_count) < READ_ONCE(asee_buf_size))) {
			ret = ret ? ret : -ERESTARTSYS;
			break;
		}
	}
	wake_up_interruptible(&wq_lecture);
	return ret;
}

static const struct file_operations canal_fops = {
	.owner = THIS_MODULE,
	.read = canal_read,
	.write = canal_write,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	unsigned int taille;

	mutex_lock(&tour_lecture);
	taille = asee_buf_size;
	mutex_unlock(&tour_lecture);
	return sysfs_emit(page, "%u\n", taille);
}

static ssize_t asee_buf_size_store(struct kobject *kobj, struct kobj_attribute *attr,
				   const char *page, size_t len)
{
	unsigned int nouvelle, i;
	char *nouveau, *ancien;
	int err;

	err = kstrtouint(page, 10, &nouvelle);
	if (err)
		return err;
	if (nouvelle < 1 || nouvelle > ASEE_TAILLE_MAX)
		return -EINVAL;
	nouveau = kzalloc(nouvelle, GFP_KERNEL);
	if (!nouveau)
		return -ENOMEM;

	mutex_lock(&tour_lecture);
	mutex_lock(&verrou);
	if (nouvelle < asee_buf_count) {
		mutex_unlock(&verrou);
		mutex_unlock(&tour_lecture);
		kfree(nouveau);
		pr_err("asee_msg: taille refusee\n");
		return -EINVAL;
	}
	for (i = 0; i < asee_buf_count; i++)
		nouveau[i] = anneau[(tete + i) % asee_buf_size];
	ancien = anneau;
	anneau = nouveau;
	tete = 0;
	asee_buf_size = nouvelle;
	mutex_unlock(&verrou);
	mutex_unlock(&tour_lecture);

	kfree(ancien);
	wake_up_interruptible(&wq_ecriture);
	return len;
}

static ssize_t asee_buf_count_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%u\n", asee_buf_count);
}

static struct kobj_attribute attr_size = __ATTR_RW(asee_buf_size);
static struct kobj_attribute attr_count = __ATTR_RO(asee_buf_count);
static struct attribute *asee_attrs[] = {
	&attr_size.attr,
	&attr_count.attr,
	NULL,
};
static const struct attribute_group asee_group = {
	.name = "asee_mod",	/* un dossier dans /sys/kernel, sans kobject a soi */
	.attrs = asee_attrs,
};

static dev_t dev_num;
static struct cdev canal_cdev;
static struct class *canal_class;

static int __init asee_init(void)
{
	int err;

	anneau = kzalloc(asee_buf_size, GFP_KERNEL);
	if (!anneau)
		return -ENOMEM;
	err = sysfs_create_group(kernel_kobj, &asee_group);
	if (err)
		goto tampon_seul;
	err = alloc_chrdev_region(&dev_num, 0, 1, "asee_mod");
	if (err)
		goto groupe;
	cdev_init(&canal_cdev, &canal_fops);
	canal_cdev.owner = THIS_MODULE;
	err = cdev_add(&canal_cdev, dev_num, 1);
	if (err)
		goto region;
	canal_class = class_create("asee_mod");
	if (IS_ERR(canal_class)) {
		err = PTR_ERR(canal_class);
		goto cdev;
	}
	err = PTR_ERR_OR_ZERO(device_create(canal_class, NULL, dev_num, NULL, "asee_mod"));
	if (err)
		goto classe;
	return 0;

classe:
	class_destroy(canal_class);
cdev:
	cdev_del(&canal_cdev);
region:
	unregister_chrdev_region(dev_num, 1);
groupe:
	sysfs_remove_group(kernel_kobj, &asee_group);
tampon_seul:
	kfree(anneau);
	return err;
}

static void __exit asee_exit(void)
{
	device_destroy(canal_class, dev_num);
	class_destroy(canal_class);
	cdev_del(&canal_cdev);
	unregister_chrdev_region(dev_num, 1);
	sysfs_remove_group(kernel_kobj, &asee_group);
	kfree(anneau);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
