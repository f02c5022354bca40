@NullMarked
package dev.argon.pageserver.service;

import org.jspecify.annotations.NullMarked;
