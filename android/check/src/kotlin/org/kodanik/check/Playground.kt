package org.kodanik.check

import java.io.Closeable
import java.io.File
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import org.kodanik.ffi.Config

/** A real gateway with an open trial election, in a process and a folder of its own: `kodanik playground`. */
class Playground private constructor(private val process: Process, private val ready: Map<String, String>) : Closeable {
    private val folder: Path = Files.createTempDirectory("kodanik-people-")

    /** The election's short name. */
    val election: String = ready.getValue("election")

    /** What an app for this gateway comes with. */
    val config = Config(ready.getValue("identified"), ready.getValue("trust"), allowLoopbackHttp = true)

    /** Somebody nobody has seen before, with an offer, and a plastic card. */
    fun enrol(): Enrolled {
        val number = PEOPLE.incrementAndGet()
        val person = folder.resolve("$number.json")
        Files.writeString(
            person,
            """{"given_name":"Mina","family_name":"Seo","birthdate":"1990-05-17","nationality":"KR",
                "personal_administrative_number":"19900517-3%06d","roll_number":"R-3%06d"}""".format(number, number),
        )
        return offer(person)
    }

    /** Another offer for the same person. */
    fun offer(person: Path): Enrolled {
        val made = gateway("enrol", "--person", person.toString())
        return Enrolled(person, made.getValue("offer"), made.getValue("tx_code"), PlasticCard(made.getValue("id_card")))
    }

    /** The demo library asks for claims. */
    fun ask(vararg claims: String, optional: String? = null): Asked {
        val arguments = claims.flatMap { listOf("--claim", it) } + optional?.let { listOf("--optional", it) }.orEmpty()
        val made = gateway("ask", *arguments.toTypedArray())
        return Asked(made.getValue("id"), made.getValue("link"))
    }

    /** What the library made of the answer. */
    fun verdict(asked: Asked): String = gateway("ask", "--result", asked.id).getValue("verdict")

    /** Stops for good; everything is removed. */
    override fun close() {
        process.destroy()
        if (!process.waitFor(20, TimeUnit.SECONDS)) process.destroyForcibly()
        folder.toFile().deleteRecursively()
    }

    private fun gateway(vararg arguments: String): Map<String, String> {
        val command = listOf(KODANIK, "gateway", "--dir", ready.getValue("dir"), "--json", *arguments)
        val asked = ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start()
        val answer = asked.inputStream.bufferedReader().readText()
        check(asked.waitFor() == 0) { "${arguments.first()} was refused" }
        return members(answer)
    }

    class Enrolled(val person: Path, val offer: String, val code: String, val card: PlasticCard)

    class Asked(val id: String, val link: String)

    companion object {
        private val KODANIK = File(System.getProperty("kodanik.built"), "kodanik").path
        private val PEOPLE = AtomicInteger()
        private val MEMBER = Regex(""""(\w+)"\s*:\s*"([^"\\]*)"""")

        /** The one that tests share: every test brings people of its own. */
        val shared: Playground by lazy { open() }

        fun open(): Playground {
            val process = ProcessBuilder(KODANIK, "playground", "--json")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .also { it.environment()["RUST_LOG"] = "error" }
                .start()
            Runtime.getRuntime().addShutdownHook(Thread { process.destroy() })
            val line = process.inputStream.bufferedReader().readLine() ?: error("the playground does not start")
            return Playground(process, members(line))
        }

        /** The text members of a flat JSON object, which is all that the command prints. */
        private fun members(json: String) = MEMBER.findAll(json).associate { it.groupValues[1] to it.groupValues[2] }
    }
}
