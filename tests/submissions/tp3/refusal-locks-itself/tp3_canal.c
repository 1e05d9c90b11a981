// SPDX-License-Identifier: GPL-2.0
/* Canal de communication bloquant, TP3 */
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

struct tuyau {
	char *donnees;
	int taille;
	int tete;	/* prochain a lire */
	int queue;	/* prochain a ecrire */
	int nombre;
};

static struct tuyau tuyau = { .taille = 16 };
static struct mutex mutex_tuyau;
static wait_queue_head_t lecteurs;
static wait_queue_head_t ecrivains;

static ssize_t tuyau_read(struct file *fichier, char __user *dest, size_t n, loff_t *pos)
{
	char morceau[50];
	int lus = 0;

	if (n == 0)
		return 0;

	while (lus == 0) {
		if (wait_event_interruptible(lecteurs, tuyau.nombre > 0))
			return -ERESTARTSYS;
		mutex_lock(&mutex_tuyau);
		while (tuyau.nombre > 0 && lus < n && lus < (int)sizeof(morceau)) {
			morceau[lus++] = tuyau.donnees[tuyau.tete];
			if (++tuyau.tete == tuyau.taille)
				tuyau.tete = 0;
			tuyau.nombre--;
		}
		mutex_unlock(&mutex_tuyau);
	}
	/* la place est libre meme si la copie echoue */
	wake_up(&ecrivains);

	if (copy_to_user(dest, morceau, lus))
		return -EFAULT;
	return lus;
}

static ssize_t tuyau_write(struct file *fichier, const char __user *src, size_t n, loff_t *pos)
{
	size_t ecrits = 0;
	size_t a_ecrire = n;
	char c;

	/* echo ajoute un retour a la ligne : on ne le stocke pas */
	if (n > 0) {
		if (get_user(c, src + n - 1))
			return -EFAULT;
		if (c == '\n')
			a_ecrire = n - 1;
	}

	/* on attend une place, puis on met ce qui tient : l'appelant ecrira le reste */
	while (ecrits == 0 && a_ecrire > 0) {
		if (wait_event_interruptible(ecrivains, tuyau.nombre < tuyau.taille))
			return -ERESTARTSYS;
		mutex_lock(&mutex_tuyau);
		while (ecrits < a_ecrire && tuyau.nombre < tuyau.taille) {
			if (get_user(c, src + ecrits)) {
				mutex_unlock(&mutex_tuyau);
				wake_up(&lecteurs);
				return ecrits ? ecrits : -EFAULT;
			}
			tuyau.donnees[tuyau.queue] = c;
			if (++tuyau.queue == tuyau.taille)
				tuyau.queue = 0;
			tuyau.nombre++;
			ecrits++;
		}
		mutex_unlock(&mutex_tuyau);
		wake_up(&lecteurs);
	}
	return ecrits == a_ecrire ? n : ecrits;
}

static const struct file_operations tuyau_fops = {
	.owner = THIS_MODULE,
	.read = tuyau_read,
	.write = tuyau_write,
};

static struct miscdevice tuyau_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "asee_mod",
	.fops = &tuyau_fops,
};

static int combien(void)
{
	int n;

	mutex_lock(&mutex_tuyau);
	n = tuyau.nombre;
	mutex_unlock(&mutex_tuyau);
	return n;
}

static ssize_t taille_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int t;

	mutex_lock(&mutex_tuyau);
	t = tuyau.taille;
	mutex_unlock(&mutex_tuyau);
	return sprintf(buf, "%d\n", t);
}

static ssize_t taille_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t count)
{
	int t, i, err;
	char *d;

	err = kstrtoint(buf, 10, &t);
	if (err < 0)
		return err;
	if (t < 1 || t > 4096) {
		pr_err("asee_mod : taille %d refusee\n", t);
		return -EINVAL;
	}

	mutex_lock(&mutex_tuyau);
	if (t < tuyau.nombre) {
		pr_err("asee_mod : il y a deja %d caracteres\n", combien());
		err = -EINVAL;
		goto fin;
	}
	d = kzalloc(t, GFP_KERNEL);
	if (d == NULL) {
		err = -ENOMEM;
		goto fin;
	}
	for (i = 0; i < tuyau.nombre; i++)
		d[i] = tuyau.donnees[(tuyau.tete + i) % tuyau.taille];
	kfree(tuyau.donnees);
	tuyau.donnees = d;
	tuyau.taille = t;
	tuyau.tete = 0;
	tuyau.queue = tuyau.nombre % t;
	err = count;
fin:
	mutex_unlock(&mutex_tuyau);
	wake_up(&ecrivains);
	return err;
}

static ssize_t nombre_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", combien());
}

static struct kobj_attribute attr_taille = __ATTR(asee_buf_size, 0644, taille_show, taille_store);
static struct kobj_attribute attr_nombre = __ATTR(asee_buf_count, 0444, nombre_show, NULL);
static struct kobject *kobj_tuyau;

static int __init tuyau_init(void)
{
	int err;

	mutex_init(&mutex_tuyau);
	init_waitqueue_head(&lecteurs);
	init_waitqueue_head(&ecrivains);

	tuyau.donnees = kzalloc(tuyau.taille, GFP_KERNEL);
	if (!tuyau.donnees)
		return -ENOMEM;
	kobj_tuyau = kobject_create_and_add("asee_mod", kernel_kobj);
	if (!kobj_tuyau) {
		err = -ENOMEM;
		goto libere;
	}
	err = sysfs_create_file(kobj_tuyau, &attr_taille.attr);
	if (err)
		goto enleve;
	err = sysfs_create_file(kobj_tuyau, &attr_nombre.attr);
	if (err)
		goto enleve;
	err = misc_register(&tuyau_misc);
	if (err)
		goto enleve;
	return 0;

enleve:
	kobject_put(kobj_tuyau);
libere:
	kfree(tuyau.donnees);
	return err;
}

static void __exit tuyau_exit(void)
{
	misc_deregister(&tuyau_misc);
	kobject_put(kobj_tuyau);
	kfree(tuyau.donnees);
}

module_init(tuyau_init);
module_exit(tuyau_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("M2 Info");
