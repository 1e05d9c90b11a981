/*
 * TP2 : le tableau ne bouge jamais (4096 octets), seule change la taille logique.
 *
 * Les indices tournent modulo 4096 et non modulo la taille : agrandir ou réduire
 * ne demande donc aucune copie.
 */
#include <linux/module.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/fs.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#define NOM "asee_mod"
#define TAILLE_MAX 4096

static dev_t numero;
static struct cdev asee_cdev;
static struct class *asee_classe;
static struct kobject *asee_kobj;

static DEFINE_MUTEX(mutex_tampon);
static char tampon[TAILLE_MAX];
static int asee_buf_size = 16;
static int asee_buf_count;
static int tete;		/* le plus ancien */

static void ajouter(char c)
{
	if (asee_buf_count == asee_buf_size) {	/* plein : on écrase */
		tete = (tete + 1) % TAILLE_MAX;
		asee_buf_count--;
	}
	tampon[(tete + asee_buf_count) % TAILLE_MAX] = c;
	asee_buf_count++;
}

static ssize_t asee_read(struct file *f, char __user *u, size_t n, loff_t *pos)
{
	size_t lus = 0;

	mutex_lock(&mutex_tampon);
	while (lus < n && asee_buf_count > 0) {
		if (put_user(tampon[tete], u + lus)) {
			mutex_unlock(&mutex_tampon);
			return -EFAULT;
		}
		tete = (tete + 1) % TAILLE_MAX;
		asee_buf_count--;
		lus++;
	}
	mutex_unlock(&mutex_tampon);
	return lus;
}

static ssize_t asee_write(struct file *f, const char __user *u, size_t n, loff_t *pos)
{
	char morceau[128];
	size_t fait = 0;

	while (fait < n) {
		size_t i, m = n - fait;

		if (m > sizeof(morceau))
			m = sizeof(morceau);
		if (copy_from_user(morceau, u + fait, m))
			return fait ? fait : -EFAULT;
		fait += m;
		/* on ne garde pas le retour à la ligne de echo */
		if (fait == n && morceau[m - 1] == '\n')
			m--;
		mutex_lock(&mutex_tampon);
		for (i = 0; i < m; i++)
			ajouter(morceau[i]);
		mutex_unlock(&mutex_tampon);
	}
	return n;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read  = asee_read,
	.write = asee_write,
};

static ssize_t size_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_size);
}

static ssize_t size_store(struct kobject *k, struct kobj_attribute *a, const char *buf, size_t n)
{
	int nouvelle, err;

	err = kstrtoint(buf, 10, &nouvelle);
	if (err)
		return err;
	if (nouvelle <= 0 || nouvelle > TAILLE_MAX)
		return -EINVAL;

	mutex_lock(&mutex_tampon);
	if (nouvelle < asee_buf_count) {
		pr_err(NOM ": taille %d refusée, il y a %d caractères\n", nouvelle, asee_buf_count);
		err = -EPERM;
	} else {
		asee_buf_size = nouvelle;
	}
	mutex_unlock(&mutex_tampon);
	return err ? err : n;
}

static ssize_t count_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sprintf(buf, "%d\n", asee_buf_size - asee_buf_count);
}

static struct kobj_attribute attr_size = __ATTR(asee_buf_size, 0644, size_show, size_store);
static struct kobj_attribute attr_count = __ATTR(asee_buf_count, 0444, count_show, NULL);

static struct attribute *attrs[] = {
	&attr_size.attr,
	&attr_count.attr,
	NULL,
};

static struct attribute_group groupe = {
	.attrs = attrs,
};

static int __init asee_init(void)
{
	struct device *dev;
	int err;

	err = alloc_chrdev_region(&numero, 0, 1, NOM);
	if (err)
		return err;

	cdev_init(&asee_cdev, &asee_fops);
	err = cdev_add(&asee_cdev, numero, 1);
	if (err)
		goto e_region;

	asee_classe = class_create(NOM);
	if (IS_ERR(asee_classe)) {
		err = PTR_ERR(asee_classe);
		goto e_cdev;
	}
	dev = device_create(asee_classe, NULL, numero, NULL, NOM);
	if (IS_ERR(dev)) {
		err = PTR_ERR(dev);
		goto e_classe;
	}

	asee_kobj = kobject_create_and_add(NOM, kernel_kobj);
	if (!asee_kobj) {
		err = -ENOMEM;
		goto e_device;
	}
	err = sysfs_create_group(asee_kobj, &groupe);
	if (err)
		goto e_kobj;
	return 0;

e_kobj:
	kobject_put(asee_kobj);
e_device:
	device_destroy(asee_classe, numero);
e_classe:
	class_destroy(asee_classe);
e_cdev:
	cdev_del(&asee_cdev);
e_region:
	unregister_chrdev_region(numero, 1);
	return err;
}

static void __exit asee_exit(void)
{
	sysfs_remove_group(asee_kobj, &groupe);
	kobject_put(asee_kobj);
	device_destroy(asee_classe, numero);
	class_destroy(asee_classe);
	cdev_del(&asee_cdev);
	unregister_chrdev_region(numero, 1);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("Binôme 3");
