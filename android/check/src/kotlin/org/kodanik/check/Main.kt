package org.kodanik.check

import kotlin.system.exitProcess
import org.junit.runner.Description
import org.junit.runner.JUnitCore
import org.junit.runner.notification.Failure
import org.junit.runner.notification.RunListener

/** Runs test classes by name; the last line is for people and for CI. */
fun main(classes: Array<String>) {
    val core = JUnitCore()
    core.addListener(Telling)
    val result = core.run(*classes.map { Class.forName(it) }.toTypedArray())
    result.failures.forEach { println("\n${nameOf(it.description)}\n${it.trimmedTrace}") }
    println("${result.runCount - result.failureCount} passed, ${result.failureCount} failed")
    exitProcess(if (result.wasSuccessful() && result.runCount > 0) 0 else 1)
}

/** A line for each test, when it is through. */
private object Telling : RunListener() {
    private var began = 0L
    private var failed = false

    override fun testStarted(description: Description) {
        began = System.nanoTime()
        failed = false
    }

    override fun testFailure(failure: Failure) {
        failed = true
    }

    override fun testFinished(description: Description) {
        val seconds = (System.nanoTime() - began) / 1e9
        println("%6.1f s  %s%s".format(seconds, nameOf(description), if (failed) "  FAILED" else ""))
    }
}

private fun nameOf(test: Description) = "${test.testClass?.simpleName}.${test.methodName}"
