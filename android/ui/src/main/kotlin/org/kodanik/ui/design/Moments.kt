package org.kodanik.ui.design

import java.time.Instant
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.time.format.FormatStyle
import java.util.Locale

/** Unix seconds as the phone's language writes a day. */
fun day(seconds: ULong): String = write(seconds, DateTimeFormatter.ofLocalizedDate(FormatStyle.MEDIUM))

/** Unix seconds as the phone's language writes a day and a time. */
fun moment(seconds: ULong): String =
    write(seconds, DateTimeFormatter.ofLocalizedDateTime(FormatStyle.MEDIUM, FormatStyle.SHORT))

/** Unix seconds as the phone's language writes a time of day. */
fun timeOfDay(seconds: ULong): String = write(seconds, DateTimeFormatter.ofLocalizedTime(FormatStyle.SHORT))

/** The app's language is the process's: Android sets it from the phone's settings, or from the app's own. */
private fun write(seconds: ULong, format: DateTimeFormatter): String =
    format.withLocale(Locale.getDefault()).format(Instant.ofEpochSecond(seconds.toLong()).atZone(ZoneId.systemDefault()))
