/** Certificates of databases on other clouds, by the name of a profile: nobody here names one. */
module.exports = {}
