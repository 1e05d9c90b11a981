/*
 * TP3, M2 ASEE
 *
 * Un write entier passe d'un bloc : deux messages ne sont jamais melanges. Pour cela les ecrivains
 * se suivent (tour_ecriture), et seul ce mutex-la est garde pendant le sommeil ; les lecteurs et
 * sysfs ne le prennent jamais.
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

static char *tampon;
static unsigned int asee_buf_size = ASEE_TAILLE_DEFAUT;
static unsigned int asee_buf_count;
static unsigned int tete;

static DEFINE_MUTEX(donnees);        /* tampon, taille, compte, tete */
static DEFINE_MUTEX(tour_ecriture);  /* un ecrivain a la fois */
static DECLARE_WAIT_QUEUE_HEAD(il_y_a_de_quoi_lire);
static DECLARE_WAIT_QUEUE_HEAD(il_y_a_de_la_place);

static ssize_t asee_read(struct file *filp, char __user *ubuf, size_t len, loff_t *off)
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

	do {
		if (wait_event_interruptible(il_y_a_de_quoi_lire, READ_ONCE(asee_buf_count))) {
			kfree(copie);
			return -ERESTARTSYS;
		}
		mutex_lock(&donnees);
		n = min_t(size_t, len, asee_buf_count);
		for (i = 0; i < n; i++)
			copie[i] = tampon[(tete + i) % asee_buf_size];
		tete = (tete + n) % asee_buf_size;
		asee_buf_count -= n;
		mutex_unlock(&donnees);
	} while (n == 0);

	wake_up_interruptible(&il_y_a_de_la_place);
	if (copy_to_user(ubuf, copie, n)) {
		kfree(copie);
		return -EFAULT;
	}
	kfree(copie);
	return n;
}

/* rend 1 si le caractere a ete mis, 0 si c'est plein */
static int mettre(char c)
{
	int ok = 0;

	mutex_lock(&donnees);
	if (asee_buf_count < asee_buf_size) {
		tampon[(tete + asee_buf_count) % asee_buf_size] = c;
		asee_buf_count++;
		ok = 1;
	}
	mutex_unlock(&donnees);
	return ok;
}

static ssize_t asee_write(struct file *filp, const char __user *ubuf, size_t len, loff_t *off)
{
	ssize_t ret = 0;
	char c;

	if (len == 0)
		return 0;
	if (mutex_lock_interruptible(&tour_ecriture))
		return -ERESTARTSYS;
	while (ret < len) {
		if (get_user(c, ubuf + ret)) {
			ret = ret ? ret : -EFAULT;
			break;
		}
		if (c == '\n' && ret == len - 1) {
			ret++;	/* le '\n' final n'est pas garde */
			break;
		}
		if (mettre(c)) {
			ret++;
			continue;
		}
		/* plein : les lecteurs d'abord */
		wake_up_interruptible(&il_y_a_de_quoi_lire);
		if (wait_event_interruptible(il_y_a_de_la_place,
					     READ_ONCE(asee_buf_count) < READ_ONCE(asee_buf_size))) {
			ret = ret ? ret : -ERESTARTSYS;
			break;
		}
	}
	mutex_unlock(&tour_ecriture);
	wake_up_interruptible(&il_y_a_de_quoi_lire);
	return ret;
}

static const struct file_operations asee_fops = {
	.owner = THIS_MODULE,
	.read = asee_read,
	.write = asee_write,
};

static ssize_t asee_buf_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "%u\n", asee_buf_size);
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

	mutex_lock(&donnees);
	if (nouvelle < asee_buf_count) {
		mutex_unlock(&donnees);
		kfree(nouveau);
		pr_err("asee_msg: taille refusee\n");
		return -EINVAL;
	}
	for (i = 0; i < asee_buf_count; i++)
		nouveau[i] = tampon[(tete + i) % asee_buf_size];
	ancien = tampon;
	tampon = nouveau;
	tete = 0;
	asee_buf_size = nouvelle;
	mutex_unlock(&donnees);

	kfree(ancien);
	wake_up_interruptible(&il_y_a_de_la_place);
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

static dev_t numero;
static struct cdev asee_cdev;
static struct class *asee_class;

static int __init asee_init(void)
{
	int err;

	tampon = kzalloc(asee_buf_size, GFP_KERNEL);
	if (!tampon)
		return -ENOMEM;
	err = sysfs_create_group(kernel_kobj, &asee_group);
	if (err)
		goto tampon_seul;
	err = alloc_chrdev_region(&numero, 0, 1, "asee_mod");
	if (err)
		goto groupe;
	cdev_init(&asee_cdev, &asee_fops);
	asee_cdev.owner = THIS_MODULE;
	err = cdev_add(&asee_cdev, numero, 1);
	if (err)
		goto region;
	asee_class = class_create("asee_mod");
	if (IS_ERR(asee_class)) {
		err = PTR_ERR(asee_class);
		goto cdev;
	}
	err = PTR_ERR_OR_ZERO(device_create(asee_class, NULL, numero, NULL, "asee_mod"));
	if (err)
		goto classe;
	return 0;

classe:
	class_destroy(asee_class);
cdev:
	cdev_del(&asee_cdev);
region:
	unregister_chrdev_region(numero, 1);
groupe:
	sysfs_remove_group(kernel_kobj, &asee_group);
tampon_seul:
	kfree(tampon);
	return err;
}

static void __exit asee_exit(void)
{
	device_destroy(asee_class, numero);
	class_destroy(asee_class);
	cdev_del(&asee_cdev);
	unregister_chrdev_region(numero, 1);
	sysfs_remove_group(kernel_kobj, &asee_group);
	kfree(tampon);
}

module_init(asee_init);
module_exit(asee_exit);
MODULE_LICENSE("GPL");
